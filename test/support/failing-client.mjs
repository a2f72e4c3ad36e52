/**
 * A client that fails on one certain event: what `shrink` is to find. Its first argument is that event's name.
 *
 * It is a program of its own, on nothing but `ws`; it ends with 3 on the event, and with 0 once nothing has come for
 * a moment.
 */
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { WebSocket } from 'ws';

const [event] = process.argv.slice(2);
const client = new WebSocket(`${process.env.GATETAPE_GATEWAY_URL}/?v=10&encoding=json`);
let isReady = false;
let quiet = setTimeout(() => process.exit(0), 5000);

client.on('message', (data) => {
  const { op, t } = JSON.parse(data.toString());
  clearTimeout(quiet);
  quiet = setTimeout(() => process.exit(0), 300);
  if (op === 10) {
    const properties = { os: 'linux', browser: 'failing', device: 'failing' };
    client.send(JSON.stringify({ op: 2, d: { token: 'any', intents: 1, properties } }));
  }
  isReady ||= t === 'READY';
  if (t === event && isReady) process.exit(3);
});
client.on('error', () => process.exit(1));
