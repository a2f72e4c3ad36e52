/**
 * Load: `node load/feed.mjs DECODERS FILE FRAMES` feeds frames from memory to the recorder's threads, without a relay, and prints
 * what it cost. `-` in place of FILE: what would be written is thrown away.
 *
 * Frames are those of a zlib-stream, 720 bytes of JSON each, on eight connections. What it prints: frames a second, and µs of
 * processor time a frame of each thread.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { systemHost } from '../../../dist/host.js';
import { createHeldCount } from '../../../dist/wire/held-bytes.js';
import { BatchSlots, createBatchSlots } from '../../../dist/worker/batch-slots.js';
import { createFigures } from '../../../dist/worker/boundary.js';
import { openLane } from '../../../dist/worker/decoder-lane.js';
import { RecorderThreads } from '../../../dist/worker/recorder-threads.js';
import { createRing, Ring, RingWriter } from '../../../dist/worker/ring.js';
import { Thread } from '../../../dist/worker/thread.js';
import { ThreadPair } from '../../../dist/worker/thread-pair.js';
import { messageLoop } from '../message-loop.mjs';
import { loginTraffic, mixedTraffic } from '../traffic.mjs';
import { maskedText } from './websocket.mjs';

const PAYLOADS = 20_000;
const CONNECTIONS = 8;
const CHUNK_BYTES = 65_536;
const UPSTREAM = 'ws://127.0.0.1:9';
const [decoders, file, frames] = process.argv.slice(2);

/** A pair of threads whose writer throws everything away. */
class DiscardingPair {
  #recorder;
  #decoders;
  #slots;
  #lanes;
  #count = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);

  constructor({ queueBytes, decoders: many }, secrets, { onRoom }) {
    const { port1, port2 } = new MessageChannel();
    const slots = createBatchSlots();
    const memory = { ring: createRing(queueBytes), slots, figures: createFigures(), secrets };
    const held = createHeldCount();
    const hear = ({ type }) => type === 'drained' && onRoom();
    this.ring = new RingWriter(memory.ring);
    this.#slots = new BatchSlots(slots);
    this.#lanes = Array.from({ length: many > 1 ? many : 0 }, () => openLane(queueBytes));
    this.#decoders = this.#lanes.map(
      ({ far }) => new Thread('decoder', { ...far, held, recorderRing: memory.ring }, hear),
    );
    const lanes = this.#lanes.map(({ near }) => near);
    this.#recorder = new Thread('recorder', { ...memory, held, port: port1, lanes }, hear);
    const workerData = { slots, port: port2, count: this.#count };
    const url = new URL('discard.mjs', import.meta.url);
    this.writer = new Worker(url, { workerData, transferList: [port2] });
    this.failed = Promise.race([this.#recorder, ...this.#decoders].map(({ failed }) => failed));
    this.ended = this.#recorder.exited.then(() => {
      this.#slots.close();
      return null;
    });
  }

  async open({ redaction, maxPayloadBytes, maxBodyBytes }) {
    const decoding = { redaction, maxPayloadBytes };
    const placeholderKey = Buffer.alloc(32, 1);
    await Promise.all([
      new Promise((resolve) => this.writer.once('message', resolve)),
      this.#recorder.order({ ...decoding, maxBodyBytes, placeholderKey }, 'ready'),
      ...this.#decoders.map((decoder) => decoder.order(decoding, 'ready')),
    ]);
    return { id: 1, startedAtUs: 0 };
  }

  figures() {
    return { frames: new Float64Array(this.#count)[0], lostBytes: 0 };
  }

  settled() {
    return this.#slots.settled;
  }

  unfinished() {
    return [];
  }

  hurry() {
    for (const { near } of this.#lanes) new Ring(near.ring).wake();
  }
}

const taskIds = () => readdirSync('/proc/self/task').map(Number);
const earlier = new Set(taskIds());
const threads = new RecorderThreads(
  {
    host: systemHost((level, line) => console.error(level, line)),
    onOverload: 'pause',
    onRecordError: 'stop',
    queueBytes: 2 ** 26,
    decoders: Number(decoders),
  },
  (...parts) => (file === '-' ? new DiscardingPair(...parts) : new ThreadPair(...parts)),
);
await threads.open({
  db: file,
  capture: { mode: 'reverse', upstream: UPSTREAM, api: 'http://127.0.0.1:9', redaction: 'secrets' },
  redaction: 'secrets',
  maxPayloadBytes: 2 ** 26,
  maxBodyBytes: 2 ** 20,
  maxDbSizeBytes: null,
  compactAfterUs: null,
  keptKey: null,
  isMetered: false,
  after: null,
  rotation: { bytes: Infinity, ageUs: Infinity, keep: null },
});
// In the order of their starts: decoders, recorder, writer.
const workers = taskIds()
  .filter((id) => !earlier.has(id))
  .sort((a, b) => a - b);

/** Processor time of each thread so far, in µs. */
function readCpu() {
  return workers.map(
    (id) => Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1000,
  );
}

const login = loginTraffic(UPSTREAM).map(({ text }) => text);
const [hello, identify, ready] = login;
const loop = await messageLoop([hello, ready], mixedTraffic(PAYLOADS), 'zlib-stream');
const { tap } = threads;
let fed = 0;

async function feed(connection, sender, bytes) {
  if (!tap.chunk(connection, sender, systemNowUs(), bytes))
    await new Promise((resolve) => tap.whenDrained(resolve));
}

function systemNowUs() {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** The same bytes on all connections, in turns as sockets give them. */
async function feedAll(keys, frames) {
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    for (const key of keys) await feed(key, 'gateway', bytes.subarray(at, at + CHUNK_BYTES));
  }
  fed += frames.length * keys.length;
  while (threads.figures().frames < fed) await sleep(2);
}

const handshake = (index) => ({
  atUs: systemNowUs() + index,
  path: '/?v=10&encoding=json&compress=zlib-stream',
  upstreamUrl: UPSTREAM,
  transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
  extensions: null,
  userAgent: 'bench',
  isClientTls: false,
  isUpstreamTls: false,
  upgradeStatus: 101,
  secrets: [],
});
const keys = Array.from({ length: CONNECTIONS }, (_, index) => tap.open(handshake(index)));
for (const key of keys) {
  await feed(key, 'gateway', loop.login[0]);
  await feed(key, 'client', maskedText(identify));
  await feed(key, 'gateway', loop.login[1]);
}
fed += keys.length * 3;
await feedAll(keys, loop.intro);
const turns = Math.ceil(Number(frames) / (PAYLOADS * CONNECTIONS));
const cpuBefore = readCpu();
const startMs = performance.now();
const fedBefore = fed;
for (let turn = 0; turn < turns; turn += 1) await feedAll(keys, loop.turn);
const seconds = (performance.now() - startMs) / 1000;
const fedFrames = fed - fedBefore;
const cpu = readCpu().map((us, index) => (us - cpuBefore[index]) / fedFrames);
console.log(JSON.stringify({ perSecond: fedFrames / seconds, cpuUs: cpu }));
process.exit(0);
