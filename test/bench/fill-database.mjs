/**
 * Fills a database with frames, through the store that recorders use: a seeded mix of gateway traffic over 16 shards.
 *
 *   node test/bench/fill-database.mjs FILE [FRAMES] [FRAMES_PER_SECOND] [BODY_BYTES]
 *
 * Event names and their shares are those of a bot in many guilds; sizes vary by event. Bodies are padding, as
 * statistics never read them. Uses the built program: run `npm run build` first.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { openStore } from '../../dist/store/store.js';
import { seeded } from './random.mjs';

/** Time of the first frame, µs: 2026-08-01 00:00 UTC. */
export const START_US = 1_785_542_400_000_000;

const SHARDS = 16;
const BATCH = 5_000;

/** Event name, share of all frames in per mille, usual payload size in bytes. */
const EVENTS = [
  ['PRESENCE_UPDATE', 420, 420],
  ['MESSAGE_CREATE', 210, 1100],
  ['TYPING_START', 120, 520],
  ['GUILD_MEMBER_UPDATE', 60, 700],
  ['MESSAGE_UPDATE', 50, 1300],
  ['VOICE_STATE_UPDATE', 40, 800],
  ['MESSAGE_REACTION_ADD', 30, 600],
  ['GUILD_MEMBER_ADD', 12, 650],
  ['MESSAGE_DELETE', 12, 180],
  ['GUILD_MEMBER_REMOVE', 10, 380],
  ['CHANNEL_UPDATE', 6, 900],
  ['GUILD_UPDATE', 4, 6000],
  ['INTERACTION_CREATE', 4, 2600],
  ['THREAD_CREATE', 3, 900],
  ['GUILD_CREATE', 2, 60_000],
  ['GUILD_AUDIT_LOG_ENTRY_CREATE', 2, 500],
  ['INVITE_CREATE', 1, 700],
  ['CHANNEL_PINS_UPDATE', 1, 200],
];

/** A client's heartbeat, one frame in two hundred: no event, and its size. */
const BEAT = [null, 21];
const BEAT_BODY = Buffer.from('{"op":1,"d":251}');

function lookup() {
  return EVENTS.flatMap(([event, share, size]) => new Array(share).fill([event, size]));
}

/** Fills `path` with `frames` frames and returns how long the appends took, in ms; reports every million. */
export function fillDatabase(
  path,
  frames,
  { framesPerSecond = 100, bodyBytes = 100, seed = 1, onProgress = () => undefined } = {},
) {
  const random = seeded(seed);
  const events = lookup();
  const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(Math.max(0, bodyBytes - 15)) }));
  const store = openStore(path, {
    nowUs: () => START_US,
    randomBytes: (count) => createHash('sha512').update(String(seed)).digest().subarray(0, count),
  });
  store.beginCapture({
    mode: 'reverse',
    upstream: 'wss://bench',
    api: 'https://bench',
    redaction: 'secrets',
  });
  store.append(logins());
  const frameNos = new Array(SHARDS + 1).fill(1);
  let elapsedMs = 0;
  for (let from = 0; from < frames; from += BATCH) {
    const batch = [];
    for (let i = from; i < Math.min(frames, from + BATCH); i++) {
      const connection = 1 + Math.floor(random() * SHARDS);
      const atUs = START_US + Math.floor((i * 1e6) / framesPerSecond);
      frameNos[connection] += 1;
      batch.push(frameOf(events, random, connection, frameNos[connection], atUs, body));
    }
    const before = performance.now();
    store.append(batch);
    elapsedMs += performance.now() - before;
    if ((from + BATCH) % 1_000_000 === 0) onProgress(from + BATCH);
  }
  store.close();
  return elapsedMs;
}

// One literal of all keys in one order: frames of one shape are made, and written, several times faster.
function frameOf(events, random, connection, frameNo, atUs, body) {
  const isBeat = random() < 0.005;
  const [event, size] = isBeat ? BEAT : events[Math.floor(random() * events.length)];
  const payloadBytes = isBeat ? size : Math.round(size * (0.6 + random() * random() * 2));
  return {
    type: 'frame',
    connection,
    session: connection,
    frameNo,
    atUs,
    sender: isBeat ? 'client' : 'gateway',
    kind: isBeat ? 'text' : 'binary',
    status: 'ok',
    op: isBeat ? 1 : 0,
    event,
    seq: isBeat ? null : frameNo,
    wireBytes: isBeat ? size : Math.round(payloadBytes / 5),
    payloadBytes,
    body: isBeat ? BEAT_BODY : body,
    raw: null,
  };
}

function logins() {
  return Array.from({ length: SHARDS }, (_, shard) => [
    {
      type: 'connection_opened',
      connection: shard + 1,
      atUs: START_US,
      path: '/?v=10&encoding=json&compress=zlib-stream',
      upstreamUrl: 'wss://bench/',
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
      extensions: null,
      userAgent: null,
      isClientTls: false,
      isUpstreamTls: true,
      upgradeStatus: 101,
    },
    { type: 'session_attached', session: shard + 1, connection: shard + 1, atUs: START_US, isResume: false },
    {
      type: 'session_facts',
      session: shard + 1,
      atUs: START_US,
      alias: `redacted:${String(shard).padStart(16, '0')}`,
      userId: null,
      shard: [shard, SHARDS],
      library: 'bench',
      intents: null,
    },
  ]).flat();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path, frames = '1000000', framesPerSecond = '100', bodyBytes = '100'] = process.argv.slice(2);
  const ms = fillDatabase(path, Number(frames), {
    framesPerSecond: Number(framesPerSecond),
    bodyBytes: Number(bodyBytes),
  });
  console.log(`${frames} frames, ${Math.round((Number(frames) / ms) * 1000)} a second`);
}
