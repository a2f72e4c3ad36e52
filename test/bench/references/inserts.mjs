/**
 * Reference: `node references/inserts.mjs bare|store FILE ROWS` writes the rows of recorded frames, and prints what it cost.
 *
 * `bare` is what one writes first: one plain table, WAL, a prepared statement a row, 5,000 rows a transaction. `store`
 * is gatetape's own store with the same rows, its roll-ups and its dictionary, and no decoding.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import Sqlite from 'better-sqlite3';
import { openStore } from '../../../dist/store/store.js';
import { mixedTraffic } from '../traffic.mjs';

const START_US = 1_785_542_400_000_000;
const BATCH = 5_000;
const [mode, path, rows] = process.argv.slice(2);
const total = Number(rows);

const payloads = mixedTraffic(20_000).map(({ text }) => ({
  body: Buffer.from(text),
  event: JSON.parse(text).t,
}));

function batchFrom(first) {
  return Array.from({ length: Math.min(BATCH, total - first) }, (_, position) => {
    const index = first + position;
    const { body, event } = payloads[index % payloads.length];
    return {
      type: 'frame',
      connection: 1,
      session: 1,
      frameNo: index + 1,
      atUs: START_US + index * 10,
      sender: 'gateway',
      kind: 'binary',
      status: 'ok',
      op: 0,
      event,
      seq: index + 1,
      wireBytes: 143,
      payloadBytes: body.length,
      body,
      raw: null,
    };
  });
}

function openBare() {
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(`CREATE TABLE frame (id INTEGER PRIMARY KEY, connection INTEGER, session INTEGER, frame_no INTEGER,
    at_us INTEGER, sender TEXT, kind TEXT, status TEXT, op INTEGER, event TEXT, seq INTEGER, wire_bytes INTEGER,
    payload_bytes INTEGER, body TEXT)`);
  const insert = db.prepare(
    `INSERT INTO frame (connection, session, frame_no, at_us, sender, kind, status, op, event, seq, wire_bytes,
       payload_bytes, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))`,
  );
  return db.transaction((batch) => {
    for (const row of batch) {
      const { connection, session, frameNo, atUs, sender, kind, status, op } = row;
      const { event, seq, wireBytes, payloadBytes, body } = row;
      const head = [connection, session, frameNo, atUs, sender, kind, status, op];
      insert.run(...head, event, seq, wireBytes, payloadBytes, body);
    }
  });
}

function openOurs() {
  const store = openStore(path, { nowUs: () => START_US, randomBytes });
  store.beginCapture({ mode: 'reverse', upstream: 'ws://bench', api: 'http://bench', redaction: 'secrets' });
  store.append([
    {
      type: 'connection_opened',
      connection: 1,
      atUs: START_US,
      path: '/',
      upstreamUrl: 'ws://bench/',
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
      extensions: null,
      userAgent: null,
      isClientTls: false,
      isUpstreamTls: false,
      upgradeStatus: 101,
    },
    { type: 'session_attached', session: 1, connection: 1, atUs: START_US, isResume: false },
  ]);
  return (batch) => store.append(batch);
}

const write = mode === 'bare' ? openBare() : openOurs();
let elapsedMs = 0;
let cpuUs = 0;
for (let first = 0; first < total; first += BATCH) {
  const batch = batchFrom(first);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  write(batch);
  elapsedMs += performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  cpuUs += user + system;
}
console.log(JSON.stringify({ perSecond: (total / elapsedMs) * 1000, cpuSecondsPerMillion: cpuUs / total }));
