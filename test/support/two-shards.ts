/** A small capture that has everything once: two shards, one of them resumed on a second connection. */
import type { CaptureRecord } from '../../src/capture/records.js';
import { attached, bareFrame, closed, facts, frame, heartbeat, opened, START_US } from './records.js';

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
]; // prettier-ignore
