/**
 * A client that fails on one certain event: what `shrink` is to find. Its first argument is that event's name.
 *
 * It is a program of its own, on nothing but `ws`; it ends with 3 on the event, and with 0 once nothing has come for a
 * moment. A gateway on a busy machine may need longer than that for its next message; so it must also have answered pings.
 */
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { WebSocket } from 'ws';

const PINGS = 8;
const QUIET_MS = 100;
const [event] = process.argv.slice(2);
const client = new WebSocket(`${process.env.GATETAPE_GATEWAY_URL}/?v=10&encoding=json`);
let isReady = false;
let pongCount = 0;
let quiet;

function waitOn(ms) {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    if (pongCount === PINGS) process.exit(0);
    client.ping();
  }, ms);
}

client.on('open', () => waitOn(QUIET_MS));
client.on('pong', () => {
  pongCount += 1;
  waitOn(QUIET_MS / PINGS);
});
client.on('message', (data) => {
  const { op, t } = JSON.parse(data.toString());
  pongCount = 0;
  waitOn(QUIET_MS);
  if (op === 10) {
    const properties = { os: 'linux', browser: 'failing', device: 'failing' };
    client.send(JSON.stringify({ op: 2, d: { token: 'any', intents: 1, properties } }));
  }
  isReady ||= t === 'READY';
  if (t === event && isReady) process.exit(3);
});
client.on('error', () => process.exit(1));
