/**
 * Measures the store against bare prepared inserts of the same rows, both in WAL mode, in turns.
 *
 *   node test/bench/store-bench.mjs [ROUNDS]
 *
 * Rows are frames with 720-byte bodies over ten connections, 5,000 a transaction. CPU time is what counts on a
 * machine that does other things too. Uses the built program: run `npm run build` first.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import Sqlite from 'better-sqlite3';
import { openStore } from '../../dist/store/store.js';

const START_US = 1_785_542_400_000_000;
const FRAMES = 100_000;
const BATCH = 5_000;
const CONNECTIONS = 10;
const EVENTS = ['MESSAGE_CREATE', 'TYPING_START', 'PRESENCE_UPDATE', 'MESSAGE_UPDATE', 'GUILD_MEMBER_UPDATE'];

const bodies = Array.from({ length: 1000 }, (_, i) =>
  Buffer.from(JSON.stringify({ t: 'MESSAGE_CREATE', s: i, op: 0, d: { content: '' } }).padEnd(720)),
);

const batches = Array.from({ length: FRAMES / BATCH }, (_, batch) =>
  Array.from({ length: BATCH }, (_, position) => {
    const i = batch * BATCH + position;
    return {
      type: 'frame',
      connection: (i % CONNECTIONS) + 1,
      session: (i % CONNECTIONS) + 1,
      frameNo: Math.floor(i / CONNECTIONS) + 1,
      atUs: START_US + i * 10,
      sender: 'gateway',
      kind: 'binary',
      status: 'ok',
      op: 0,
      event: EVENTS[i % EVENTS.length],
      seq: i + 1,
      wireBytes: 143,
      payloadBytes: 720,
      body: bodies[i % bodies.length],
      raw: null,
    };
  }),
);

const opened = (connection) => ({
  type: 'connection_opened',
  connection,
  atUs: START_US,
  path: '/',
  upstreamUrl: 'wss://bench/',
  transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
  extensions: null,
  userAgent: null,
  isClientTls: false,
  isUpstreamTls: true,
  upgradeStatus: 101,
});

/** Appends everything through the store. */
function throughStore(path) {
  const store = openStore(path, { nowUs: () => START_US, randomBytes });
  store.beginCapture({
    mode: 'reverse',
    upstream: 'wss://bench',
    api: 'https://bench',
    redaction: 'secrets',
  });
  store.append(Array.from({ length: CONNECTIONS }, (_, i) => opened(i + 1)));
  const cost = measure(() => {
    for (const batch of batches) store.append(batch);
  });
  if (store.counters().frames !== FRAMES) throw new Error('frames are missing');
  store.close();
  return cost;
}

/** Inserts the same rows into one plain table, a prepared statement a row. */
function bare(path) {
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(`CREATE TABLE frame (id INTEGER PRIMARY KEY, connection INTEGER, session INTEGER, frame_no INTEGER,
    at_us INTEGER, sender TEXT, kind TEXT, status TEXT, op INTEGER, event TEXT, seq INTEGER, wire_bytes INTEGER,
    payload_bytes INTEGER, body TEXT)`);
  const insert =
    db.prepare(`INSERT INTO frame (connection, session, frame_no, at_us, sender, kind, status, op, event,
    seq, wire_bytes, payload_bytes, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))`);
  const insertAll = db.transaction((batch) => {
    for (const row of batch) {
      const { connection, session, frameNo, atUs, sender, kind, status, op } = row;
      const { event, seq, wireBytes, payloadBytes, body } = row;
      insert.run(
        connection,
        session,
        frameNo,
        atUs,
        sender,
        kind,
        status,
        op,
        event,
        seq,
        wireBytes,
        payloadBytes,
        body,
      );
    }
  });
  const cost = measure(() => {
    for (const batch of batches) insertAll(batch);
  });
  db.close();
  return cost;
}

/** µs a row, by the clock and by the CPU. */
function measure(action) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  action();
  const { user, system } = process.cpuUsage(cpu);
  return { wallUs: ((performance.now() - start) * 1000) / FRAMES, cpuUs: (user + system) / FRAMES };
}

function inScratch(action) {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-bench-'));
  try {
    return action(join(folder, 'bench.sqlite'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const rounds = Number(process.argv[2] ?? 5);
const costs = { store: [], bare: [] };
for (let round = 0; round < rounds; round++) {
  costs.bare.push(inScratch(bare));
  costs.store.push(inScratch(throughStore));
}
console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`,
);
for (const [name, results] of Object.entries(costs)) {
  const cpuUs = median(results.map((cost) => cost.cpuUs));
  const wallUs = median(results.map((cost) => cost.wallUs));
  console.log(
    `${name.padEnd(6)} ${cpuUs.toFixed(2)} µs CPU, ${wallUs.toFixed(2)} µs a row, ${Math.round(1e6 / wallUs)} rows/s`,
  );
}
const ratio = (key) =>
  median(costs.bare.map((cost) => cost[key])) / median(costs.store.map((cost) => cost[key]));
console.log(`store / bare: ${ratio('cpuUs').toFixed(2)} by CPU, ${ratio('wallUs').toFixed(2)} by the clock`);
