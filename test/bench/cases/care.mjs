/**
 * A long recording: what its file takes, with payloads packed while it grew and without; how long listing and searching
 * take in both; how long `drift` takes to read it, beside `frames --format ndjson`. The commands take turns.
 *
 * The clock of the store says that two frames come a second; they are written as fast as that goes.
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { openStore } from '../../../dist/store/store.js';
import { START_US } from '../fill-database.mjs';
import { pathOf } from '../processes.mjs';
import { inScratch } from '../scene.mjs';
import { mixedTraffic } from '../traffic.mjs';

const PROGRAM = pathOf('../../dist/bundle/main.js');
const TAPE = pathOf('../../tapes/demo.tape.ndjson');
const PER_SECOND = 2;
const BATCH = 200;
/** Frames about the same users. */
const POOL = 2_000;
/** Ticks of /proc/PID/stat in a second, which Linux fixes for programs. */
const TICKS = 100;
const COMPACT_AFTER_US = 600_000_000;
const ROUNDS = 3;
/** Text that no payload has. */
const ABSENT = 'nowhere at all';

export const care = {
  title: 'A long recording',
  async run({ isQuick, log }) {
    const frames = isQuick ? 200_000 : 2_000_000;
    return inScratch((folder) => {
      const [packed, plain] = [join(folder, 'packed.sqlite'), join(folder, 'plain.sqlite')];
      const payloadBytes = record(packed, frames, true);
      record(plain, frames, false);
      log('written');
      const small = join(folder, 'small.sqlite');
      timeProgram(['import', TAPE, '--db', small]);
      const commands = {
        drift: ['drift', plain, small],
        frames: ['frames', '--format', 'ndjson', '--db', plain],
        framesPacked: ['frames', '--format', 'ndjson', '--db', packed],
        grep: ['frames', '--grep', ABSENT, '--db', plain],
        grepPacked: ['frames', '--grep', ABSENT, '--db', packed],
      };
      const times = Object.fromEntries(Object.keys(commands).map((name) => [name, Infinity]));
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [name, args] of Object.entries(commands)) {
          times[name] = Math.min(times[name], timeProgram(args));
        }
      }
      const weigh = (path) => statSync(path).size / payloadBytes;
      return {
        rows: [
          {
            what: 'bytes a payload byte, `--compact-after 10m`',
            figure: weigh(packed),
            unit: '',
            reference: 'without it',
            referenceFigure: weigh(plain),
            reach: '≤ 0.25',
          },
          {
            what: `CPU of \`drift\` over ${frames.toLocaleString('en')} frames`,
            figure: times.drift,
            unit: 's',
            reference: '`frames --format ndjson` of the same',
            referenceFigure: times.frames,
            reach: '≤ 3 ×',
          },
          {
            what: 'CPU of `frames --grep` of an absent text, packed',
            figure: times.grepPacked,
            unit: 's',
            reference: 'the same, nothing packed',
            referenceFigure: times.grep,
            reach: '≤ 2 ×',
          },
          {
            what: 'CPU of `frames --format ndjson`, packed',
            figure: times.framesPacked,
            unit: 's',
            reference: 'the same, nothing packed',
            referenceFigure: times.frames,
            reach: '≤ 2 ×',
          },
        ],
        notes: [],
      };
    });
  },
};

/** Records one connection; returns the bytes of its payloads. */
function record(path, count, isPacking) {
  let nowUs = START_US;
  let payloadBytes = 0;
  const store = openStore(path, { nowUs: () => nowUs, randomBytes });
  store.beginCapture({
    mode: 'reverse',
    upstream: 'wss://bench',
    api: 'https://bench',
    redaction: 'secrets',
  });
  store.append([opening()]);
  for (let from = 0; from < count; from += POOL) {
    const texts = mixedTraffic(POOL, from + 1, from + 1).map(({ text }) => text);
    for (let start = 0; start < POOL; start += BATCH) {
      nowUs += (BATCH * 1e6) / PER_SECOND;
      const batch = texts
        .slice(start, start + BATCH)
        .map((text, index) => frameOf(text, from + start + index, nowUs));
      for (const { body } of batch) payloadBytes += body.length;
      store.append(batch);
      while (isPacking && store.packOld(COMPACT_AFTER_US));
    }
  }
  store.close();
  return payloadBytes;
}

function opening() {
  return {
    type: 'connection_opened',
    connection: 1,
    atUs: START_US,
    path: '/?v=10&encoding=json&compress=zlib-stream',
    upstreamUrl: 'wss://bench/',
    transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
    extensions: null,
    userAgent: null,
    isClientTls: false,
    isUpstreamTls: true,
    upgradeStatus: 101,
  };
}

function frameOf(text, index, atUs) {
  const body = Buffer.from(text);
  return {
    type: 'frame',
    connection: 1,
    session: null,
    frameNo: index + 1,
    atUs,
    sender: 'gateway',
    kind: 'binary',
    status: 'ok',
    op: 0,
    event: JSON.parse(text).t,
    seq: index + 1,
    wireBytes: Math.round(body.length / 5),
    payloadBytes: body.length,
    body,
    raw: null,
  };
}

/** Processor time in s that the program takes. `drift` ends with 1, as it finds differences. */
function timeProgram(args) {
  const before = childSeconds();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0 && status !== 1) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return childSeconds() - before;
}

/** Processor time of the children that have ended. Source: proc_pid_stat(5), `cutime` and `cstime`. */
function childSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}
