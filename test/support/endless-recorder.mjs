/**
 * Records batches of frames into the database named by the first argument, as many frames each as the second one
 * says, until it is killed or the disk fails. Prints the number of every batch that was written.
 * Uses the built program: run `npm run build` first.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { openStore } from '../../dist/store/store.js';

const [path, size] = process.argv.slice(2);
const store = openStore(path, { nowUs: () => 0, randomBytes });
store.beginCapture({ mode: 'reverse', upstream: 'wss://u', api: 'https://a', redaction: 'secrets' });
const body = Buffer.from(
  JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d: { content: 'x'.repeat(650) } }),
);
const frame = {
  type: 'frame',
  connection: 1,
  session: null,
  frameNo: 1,
  atUs: 1_785_542_400_000_000,
  sender: 'gateway',
  kind: 'text',
  status: 'ok',
  op: 0,
  event: 'MESSAGE_CREATE',
  seq: 1,
  wireBytes: body.length,
  payloadBytes: body.length,
  body,
  raw: null,
};
const batch = Array.from({ length: Number(size) }, () => frame);
store.append([
  {
    type: 'connection_opened',
    connection: 1,
    atUs: frame.atUs,
    path: '/',
    upstreamUrl: 'wss://u/',
    transport: { version: 10, encoding: 'json', compress: 'none' },
    extensions: null,
    userAgent: null,
    isClientTls: false,
    isUpstreamTls: true,
    upgradeStatus: 101,
  },
]);
for (let number = 1; ; number++) {
  try {
    store.append(batch);
  } catch (error) {
    // The store must have taken the batch back, and fail the same way again.
    try {
      store.append(batch);
    } catch (again) {
      console.log(error.name === again.name ? `${again.name} twice` : `${error} then ${again}`);
    }
    process.exitCode = 3;
    break;
  }
  console.log(number);
}
