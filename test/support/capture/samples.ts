/** Two small captures for tests of the store and of the commands that read: rows that no gateway sends, and round numbers. */
import type { CaptureRecord } from '../../../src/capture/records.js';
import { attached, bareFrame, closed, facts, frame, heartbeat, opened, START_US } from './records.js';
import { storeRecords } from '../stores.js';

/** A payload whose text no parser would give back as it was. */
export const STRANGE_TEXT = '{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{"id":123456789012345678901,"x":1.0}}';

/** Path of a database with 2 connections, 1 session and 7 frames. */
export function sampleCapture(): string {
  const at = (seconds: number): number => START_US + seconds * 1_000_000;
  return storeRecords([
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
}

/** Everything once: two shards, one of them resumed on a second connection. */
// prettier-ignore
export const TWO_SHARDS: CaptureRecord[] = [
  opened({ path: '/?v=10&encoding=json&compress=zlib-stream', transport: { version: 10, encoding: 'json', compress: 'zlib-stream' } }),
  frame({ frameNo: 1, op: 10, event: null, seq: null, atUs: START_US + 1 }),
  attached(),
  facts({ shard: [0, 2], library: 'lib 1', alias: 'redacted:a', userId: '80' }),
  frame({ frameNo: 2, session: 1, sender: 'client', op: 2, event: null, seq: null, atUs: START_US + 2 }),
  frame({ frameNo: 3, session: 1, event: 'READY', seq: 1, atUs: START_US + 3, wireBytes: 900, payloadBytes: 2000 }),
  opened({ connection: 2, atUs: START_US + 4 }),
  attached({ connection: 2, session: 2 }),
  facts({ session: 2, shard: [1, 2], alias: 'redacted:b' }),
  frame({ connection: 2, frameNo: 1, session: 2, event: 'MESSAGE_CREATE', seq: 5, atUs: START_US + 5 }),
  closed({ atUs: START_US + 6, closeCode: 4000, closedBy: 'gateway' }),
  opened({ connection: 3, atUs: START_US + 7 }),
  bareFrame({ connection: 3, frameNo: 1, status: 'partial', kind: 'binary', atUs: START_US + 8 }),
  frame({ connection: 3, frameNo: 2, op: 6, event: null, seq: null, sender: 'client', session: 1, atUs: START_US + 9 }),
  attached({ connection: 3, session: 1, isResume: true, atUs: START_US + 9 }),
  frame({ connection: 3, frameNo: 3, session: 1, event: 'RESUMED', seq: 2, atUs: START_US + 70_000_000 }),
  bareFrame({ connection: 3, frameNo: 4, status: 'control', kind: 'close', session: 1, atUs: START_US + 70_000_001, raw: Buffer.from([3, 232]) }),
  closed({ connection: 3, atUs: START_US + 70_000_002 }),
  heartbeat({ session: 1 }),
];
