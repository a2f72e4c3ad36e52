/**
 * A recorder that rotates its database under load: `node test/rotation.mjs [SECONDS] [EVERY]` (default 60 and 2, a month of
 * days in a minute). With `handover` as third argument it hands over to a new process each time instead, to which as many new
 * clients come, while another connects again and again; those of the process before leave.
 *
 * Clients on zlib-stream get numbered dispatches, as fast as `RATE` says, on connections that stay open. Ends with 0 if
 * every dispatch is in exactly one of the files, no connection was dropped, and `check` finds all files sound.
 */
import { Buffer } from 'node:buffer';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createDeflate, constants } from 'node:zlib';
import { WebSocket, WebSocketServer } from 'ws';
import { openSqlite } from '../dist/store/sqlite.js';

const seconds = Number(process.argv[2] ?? 60);
const every = Number(process.argv[3] ?? 2);
const isHandingOver = process.argv[4] === 'handover';
const CLIENTS = 8;
/** Dispatches of a client in 5 ms. */
const RATE = 10;
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gatetape-rotation-'));
const gateway = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const sent = [];
let dropped = 0;
let isOver = false;
gateway.on('connection', serve);
await once(gateway, 'listening');

const upstream = `ws://127.0.0.1:${gateway.address().port}`;
const flags = [
  '--listen',
  ':0',
  '--upstream',
  upstream,
  '--db',
  join(folder, 'r.sqlite'),
  ...(isHandingOver ? ['--handover'] : ['--rotate', `${every}s`]),
];
const recorder = spawn(process.execPath, [main, 'record', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
const lines = createInterface({ input: recorder.stdout })[Symbol.asyncIterator]();
const { gatewayUrl } = JSON.parse((await lines.next()).value);
/** Of all processes that have ended. */
const stopped = { frames: 0, gaps: 0, unrecordedBytes: 0 };
let pid = recorder.pid;
let refused = 0;
let visits = 0;
const clients = Array.from({ length: CLIENTS }, connect);
await (isHandingOver ? handOverAgainAndAgain() : pause(seconds * 1_000));
isOver = true;
await pause(500);
process.kill(pid, 'SIGINT');
for (const client of clients) client.terminate();
for await (const line of lines) readLine(JSON.parse(line));
if (recorder.exitCode === null) await once(recorder, 'exit');
const code = recorder.exitCode;
gateway.close();

const files = readdirSync(folder)
  .filter((name) => name.endsWith('.sqlite'))
  .sort((a, b) => order(a) - order(b));
const faults = judge();
rmSync(folder, { recursive: true, force: true });
const frames = sent.reduce((sum, { count }) => sum + count, 0);
console.log(
  `${frames} dispatches in ${files.length} files in ${seconds} s, ${stopped.frames} frames recorded, ${visits} short connections, the recorder ended with ${code}`,
);
for (const fault of faults.slice(0, 10)) console.log(fault);
process.exitCode = code === 0 && frames > 0 && faults.length === 0 ? 0 : 1;

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function readLine(line) {
  if (line.event === 'listening') pid = line.pid;
  else for (const key of Object.keys(stopped)) stopped[key] += line[key];
}

async function handOverAgainAndAgain() {
  const endMs = performance.now() + seconds * 1_000;
  const visiting = visitUntil(endMs);
  while (performance.now() < endMs) {
    await pause(every * 1_000);
    const before = pid;
    process.kill(before, 'SIGUSR2');
    while (pid === before) readLine(JSON.parse((await lines.next()).value));
    const leaving = clients.splice(0);
    for (const each of sent) each.isOver = true;
    clients.push(...Array.from({ length: CLIENTS }, connect));
    await pause(500);
    for (const client of leaving) client.terminate();
  }
  await visiting;
}

/** A client that connects, waits for HELLO, and leaves. */
async function visitUntil(endMs) {
  while (performance.now() < endMs) {
    const client = new WebSocket(`${gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`);
    try {
      await once(client, 'message');
      visits += 1;
    } catch {
      refused += 1;
    }
    client.terminate();
  }
}

function order(name) {
  return name === 'r.sqlite' ? Infinity : Number(name.replace(/\D/g, ''));
}

function serve(socket) {
  const deflate = createDeflate({ flush: constants.Z_SYNC_FLUSH });
  const number = sent.push({ count: 0, isOver: false });
  let sending = Promise.resolve();
  const send = (payload) => {
    sending = sending.then(
      () =>
        new Promise((resolve) => {
          const chunks = [];
          const take = (chunk) => chunks.push(chunk);
          deflate.on('data', take);
          deflate.write(JSON.stringify(payload));
          deflate.flush(constants.Z_SYNC_FLUSH, () => {
            deflate.off('data', take);
            socket.send(Buffer.concat(chunks), resolve);
          });
        }),
    );
    return sending;
  };
  void send({ op: 10, d: { heartbeat_interval: 41_250 } });
  socket.once('message', () => {
    void send({ op: 0, t: 'READY', s: 1, d: { session_id: `s${number}`, user: { id: '1' } } });
    const loop = async () => {
      if (isOver || sent[number - 1].isOver || socket.readyState !== socket.OPEN) return;
      for (let index = 0; index < RATE; index += 1) {
        sent[number - 1].count += 1;
        void send({
          op: 0,
          t: 'MESSAGE_CREATE',
          s: sent[number - 1].count + 1,
          d: { number, content: 'x'.repeat(200) },
        });
      }
      await sending;
      setTimeout(() => void loop(), 5);
    };
    void loop();
  });
  socket.on(
    'close',
    () => (dropped += isOver || sent[number - 1].isOver || sent[number - 1].count === 0 ? 0 : 1),
  );
}

function connect() {
  const client = new WebSocket(`${gatewayUrl}/?v=10&encoding=json&compress=zlib-stream`);
  client.on('error', () => undefined);
  client.on('open', () =>
    client.send(JSON.stringify({ op: 2, d: { token: 'a', intents: 513, properties: {} } })),
  );
  return client;
}

/** What is wrong; empty if nothing was lost. */
function judge() {
  const faults = dropped > 0 ? [`${dropped} connections were dropped`] : [];
  if (refused > 0) faults.push(`${refused} of ${visits + refused} clients were refused`);
  if (stopped.gaps > 0 || stopped.unrecordedBytes > 0)
    faults.push(`it says that it lost something: ${JSON.stringify(stopped)}`);
  const next = sent.map(() => 1);
  let frameCount = 0;
  for (const name of files) {
    const path = join(folder, name);
    const { status, stdout } = spawnSync(process.execPath, [main, 'check', '--db', path], {
      encoding: 'utf8',
    });
    if (status !== 0) faults.push(`${name} is not sound: ${stdout}`);
    const db = openSqlite(path, { readonly: true });
    const rows = db.prepare(
      `SELECT body ->> '$.d.number' AS number, seq FROM frame JOIN payload ON payload.frame_id = frame.id
       JOIN frame_type ON frame_type.id = type_id WHERE event = 'MESSAGE_CREATE' ORDER BY frame.id`,
    );
    for (const { number, seq } of rows.iterate()) {
      next[number - 1] += 1;
      if (seq !== next[number - 1])
        faults.push(`${name}: dispatch ${seq} of client ${number} in place of ${next[number - 1]}`);
      next[number - 1] = seq;
    }
    frameCount += db.prepare('SELECT count(*) FROM frame').pluck().get();
    if (db.prepare('SELECT count(*) FROM gap').pluck().get() > 0) faults.push(`${name} has gaps`);
    db.close();
  }
  for (const [index, { count }] of sent.entries()) {
    if (next[index] !== count + 1)
      faults.push(`client ${index + 1}: ${next[index] - 1} of ${count} dispatches`);
  }
  if (frameCount !== stopped.frames)
    faults.push(`${frameCount} frames in the files, ${stopped.frames} in the event stopped`);
  return faults;
}
