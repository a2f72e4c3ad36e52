/** A small capture with a bit of everything, for the commands that read. */
import { attached, bareFrame, closed, facts, frame, heartbeat, opened, START_US } from './records.js';
import { scratchFile } from './scratch.js';
import { recordingStore } from './stores.js';

/** A payload whose text no parser would give back as it was. */
export const STRANGE_TEXT = '{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{"id":123456789012345678901,"x":1.0}}';

/** Path of a database with 2 connections, 1 session and 7 frames. */
export function sampleCapture(): string {
  const path = scratchFile();
  const store = recordingStore(path);
  const at = (seconds: number): number => START_US + seconds * 1_000_000;
  store.append([
    opened(),
    frame({
      frameNo: 1,
      op: 10,
      event: null,
      seq: null,
      body: Buffer.from('{"op":10,"d":{}}'),
      wireBytes: 8,
    }),
    frame({
      frameNo: 2,
      sender: 'client',
      op: 2,
      event: null,
      seq: null,
      body: Buffer.from('{"op":2}'),
      atUs: at(1),
      session: 1,
    }),
    attached({ atUs: at(1) }),
    facts({ alias: 'redacted:abc', userId: '42', shard: [0, 1], library: 'test-library' }),
    frame({ frameNo: 3, event: 'READY', atUs: at(2), session: 1, body: Buffer.from('{"op":0,"t":"READY"}') }),
    frame({ frameNo: 4, seq: 2, atUs: at(3), session: 1, body: Buffer.from(STRANGE_TEXT) }),
    frame({
      frameNo: 5,
      op: 99,
      event: null,
      seq: null,
      atUs: at(4),
      session: 1,
      body: Buffer.from('{"op":99}'),
    }),
    bareFrame({
      frameNo: 6,
      status: 'inflate_failed',
      kind: 'binary',
      atUs: at(5),
      raw: Buffer.from('\x00broken'),
    }),
    heartbeat({ session: 1 }),
    heartbeat({ session: 1, ackedAtUs: null }),
    closed({ atUs: at(6) }),
    opened({ connection: 2, atUs: at(7), upgradeStatus: 502 }),
    bareFrame({ connection: 2, frameNo: 1, status: 'control', kind: 'ping', atUs: at(8), wireBytes: 0 }),
  ]);
  store.close();
  return path;
}
