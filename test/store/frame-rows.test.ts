import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { frameToJson, payloadOf } from '../../src/store/frame-json.js';
import { openReader, type CaptureReader } from '../../src/store/reader.js';
import { bareFrame, frame, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { readerOf, recordingStore } from '../support/stores.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

const ids = (reader: CaptureReader, filter: FrameFilter): number[] =>
  [...reader.frames(filter)].map(({ id }) => id);

describe('frames', () => {
  it('are filtered by everything that people ask for', () => {
    const reader = readerOf(TWO_SHARDS);
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

  it('come without payloads that are not requested', () => {
    const reader = readerOf(TWO_SHARDS);
    const rows = [...reader.frames({}, undefined, ({ event }) => event === 'READY')];
    const whole = [...reader.frames()];
    expect(rows).toEqual(whole.map((row) => (row.event === 'READY' ? row : { ...row, payloadText: null })));
    expect(rows.filter(({ payloadText }) => payloadText !== null)).toHaveLength(1);
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
