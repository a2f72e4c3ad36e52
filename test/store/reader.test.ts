import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { frameToJson, payloadOf } from '../../src/store/frame-rows.js';
import { openReader, type CaptureReader } from '../../src/store/reader.js';
import {
  attached,
  bareFrame,
  closed,
  facts,
  frame,
  heartbeat,
  opened,
  START_US,
} from '../support/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

function readerOf(...batches: readonly CaptureRecord[][]): CaptureReader {
  const path = scratchFile();
  const store = recordingStore(path);
  for (const batch of batches) store.append(batch);
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

const ids = (reader: CaptureReader, filter: FrameFilter): number[] =>
  [...reader.frames(filter)].map(({ id }) => id);

/** Two shards, one resumed on a second connection. */
const CAPTURE: CaptureRecord[] = [
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

describe('frames', () => {
  it('are filtered by everything that people ask for', () => {
    const reader = readerOf(CAPTURE);
    expect(ids(reader, {})).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ids(reader, { ops: [10, 2] })).toEqual([1, 2]);
    expect(ids(reader, { ops: [] })).toEqual([]);
    expect(ids(reader, { event: 'RE*' })).toEqual([3, 7]);
    expect(ids(reader, { event: '[RM]E?????????????' })).toEqual([]);
    expect(ids(reader, { event: 'READY' })).toEqual([3]);
    expect(ids(reader, { sender: 'client' })).toEqual([2, 6]);
    expect(ids(reader, { kinds: ['binary', 'close'] })).toEqual([5, 8]);
    expect(ids(reader, { statuses: ['partial', 'control'] })).toEqual([5, 8]);
    expect(ids(reader, { connection: 3 })).toEqual([5, 6, 7, 8]);
    expect(ids(reader, { session: 1 })).toEqual([1, 2, 3, 5, 6, 7, 8]);
    expect(ids(reader, { shard: 1 })).toEqual([4]);
    expect(ids(reader, { sinceUs: START_US + 3, untilUs: START_US + 9 })).toEqual([3, 4, 5]);
    expect(ids(reader, { minBytes: 2000 })).toEqual([3]);
    expect(ids(reader, { maxBytes: 10 })).toEqual([5, 8]);
    expect(ids(reader, { afterId: 6 })).toEqual([7, 8]);
    expect(ids(reader, { beforeId: 3 })).toEqual([1, 2]);
    expect(ids(reader, { afterId: 2, beforeId: 7, session: 1 })).toEqual([3, 5, 6]);
    expect(ids(reader, { limit: 3 })).toEqual([6, 7, 8]);
    expect(ids(reader, { limit: 2, session: 1, sender: 'gateway', kinds: ['text'] })).toEqual([3, 7]);
    expect(ids(reader, { limit: 100 })).toHaveLength(8);
    expect(ids(reader, { limit: 0 })).toEqual([]);
    expect(ids(reader, { event: "x' OR 1=1 --" })).toEqual([]);
  });

  it('are printed with the names that scripts rely on, the payload untouched', () => {
    const text = '{"op":0,"t":"X","s":1,"d":{"id":18446744073709551615,"s":"\\ud800"}}';
    const reader = readerOf([
      opened(),
      frame({ body: Buffer.from(text), event: 'X', wireBytes: 12, payloadBytes: 70 }),
      bareFrame({ frameNo: 2, status: 'not_json', raw: Buffer.from('{') }),
    ]);
    const [first, second] = [...reader.frames()];
    expect(frameToJson(first!)).toBe(
      `{"id":1,"connectionId":1,"frameNo":1,"atUs":${START_US},"sender":"gateway","kind":"text","op":0,` +
        `"opName":"DISPATCH","event":"X","seq":1,"wireBytes":12,"payloadBytes":70,"status":"ok","payload":${text}}`,
    );
    expect(payloadOf(first!)).toMatchObject({ op: 0, d: { s: '\ud800' } });
    expect(JSON.parse(frameToJson(second!))).toMatchObject({
      status: 'not_json',
      op: null,
      opName: null,
      payload: null,
    });
    expect(payloadOf(second!)).toBeNull();
    expect(reader.frame(2)).toMatchObject({ id: 2, bytes: Buffer.from('{') });
    expect(reader.frame(1)).toMatchObject({ payloadText: text, bytes: null });
    expect(reader.frame(99)).toBeNull();
  });

  it('of more than a page come in order, while the recorder goes on', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const batch = (from: number): CaptureRecord[] =>
      Array.from({ length: 1300 }, (_, i) => frame({ frameNo: from + i, event: i % 3 === 0 ? 'A' : 'B' }));
    store.append([opened(), ...batch(1)]);
    const reader = openReader(path);
    onTestFinished(() => reader.close());
    const listing = reader.frames();
    expect(listing.next().value).toMatchObject({ id: 1 });
    store.append(batch(1301));
    expect([...listing].map(({ id }) => id)).toEqual(Array.from({ length: 1299 }, (_, i) => i + 2));
    expect(ids(reader, { afterId: 1300 })).toHaveLength(1300);
    expect(ids(reader, { event: 'A', limit: 700 })).toEqual(
      Array.from({ length: 2600 }, (_, i) => i + 1)
        .filter((id) => ((id - 1) % 1300) % 3 === 0)
        .slice(-700),
    );
  });
});

describe('sessions', () => {
  it('are listed with the names that scripts rely on', () => {
    expect(readerOf(CAPTURE).sessions()).toEqual([
      {
        id: 1,
        sessionAlias: 'redacted:a',
        userId: '80',
        shard: [0, 2],
        library: 'lib 1',
        connections: 2,
        resumes: 1,
        frames: 7,
        firstAtUs: START_US + 1,
        lastAtUs: START_US + 70_000_001,
        lastSeq: 2,
        closeCode: 1000,
      },
      expect.objectContaining({
        id: 2,
        shard: [1, 2],
        connections: 1,
        resumes: 0,
        frames: 1,
        closeCode: null,
      }),
    ]);
  });

  it('are named by id or as the latest', () => {
    const reader = readerOf(CAPTURE);
    expect(reader.resolveSession('latest')).toBe(1); // it resumed after 2 identified
    expect(reader.resolveSession(2)).toBe(2);
    expect(() => reader.resolveSession(3)).toThrow(/has no session 3/);
    expect(reader.resolveConnection('latest')).toBe(3);
    expect(() => reader.resolveConnection(9)).toThrow(/has no connection 9/);
    const empty = readerOf([]);
    expect(() => empty.resolveSession('latest')).toThrow(/has no session yet/);
    expect(() => empty.resolveConnection('latest')).toThrow(/has no connection yet/);
  });

  it('give their steps in the order of the wire, closes where they happened', () => {
    const steps = [...readerOf(CAPTURE).sessionSteps(1)];
    expect(
      steps.map((step) =>
        step.type === 'payload'
          ? [step.connectionId, step.sender, step.op, step.event]
          : [step.connectionId, step.closedBy, step.code],
      ),
    ).toEqual([
      [1, 'gateway', 10, null],
      [1, 'client', 2, null],
      [1, 'gateway', 0, 'READY'],
      [1, 'gateway', 4000],
      [3, 'client', 6, null],
      [3, 'gateway', 0, 'RESUMED'],
      [3, 'client', 1000],
    ]);
    expect(steps[2]).toMatchObject({ type: 'payload', seq: 1, atUs: START_US + 3, frameId: 3 });
  });

  it('do not take the close of a connection that a later session took over', () => {
    const reader = readerOf([
      opened(),
      attached(),
      frame({ session: 1, op: 9, event: null, seq: null }),
      attached({ session: 2, atUs: START_US + 1 }),
      frame({ session: 2, frameNo: 2 }),
      closed(),
    ]);
    expect([...reader.sessionSteps(1)].map(({ type }) => type)).toEqual(['payload']);
    expect([...reader.sessionSteps(2)].map(({ type }) => type)).toEqual(['payload', 'close']);
  });
});

describe('connections', () => {
  it('are listed with transport, relay mode, close and sums', () => {
    const [first, , third] = readerOf(CAPTURE).connections();
    expect(first).toEqual({
      id: 1,
      captureId: 1,
      sessionId: 1,
      openedAtUs: START_US,
      closedAtUs: START_US + 6,
      path: '/?v=10&encoding=json&compress=zlib-stream',
      upstreamUrl: 'wss://gateway.example/?v=10&encoding=json',
      transport: { version: 10, encoding: 'json', compress: 'zlib-stream' },
      extensions: null,
      userAgent: null,
      clientTls: false,
      upstreamTls: true,
      upgradeStatus: 101,
      relayMode: 'verbatim',
      convergedFrameNo: null,
      closeCode: 4000,
      closeReason: '',
      closedBy: 'gateway',
      frames: 3,
      wireBytes: 900 + 2 * 42,
      payloadBytes: 2000 + 2 * 42,
      firstAtUs: START_US + 1,
      lastAtUs: START_US + 3,
    });
    expect(third).toMatchObject({ sessionId: 1, frames: 4, closeCode: 1000, closedBy: 'client' });
  });
});

describe('opcodeCounts', () => {
  it('counts payloads of every opcode, unknown ones too', () => {
    const reader = readerOf([
      opened(),
      frame({ op: 99, event: null }),
      frame(),
      frame(),
      bareFrame({ status: 'partial' }),
    ]);
    expect([...reader.opcodeCounts()]).toEqual([[0, 2], [99, 1]]); // prettier-ignore
  });
});
