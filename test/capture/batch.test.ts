/** When a batch is due. */
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/capture/batch.js';
import type { CaptureRecord, ExchangeRecord, FrameRecord } from '../../src/capture/records.js';
import { exchange } from '../support/capture/records.js';

const limits = { records: 3, bytes: 100, ageUs: 1000 };

function frame(sizes: { body?: number; raw?: number } = {}): FrameRecord {
  return {
    type: 'frame',
    connection: 1,
    session: null,
    frameNo: 1,
    atUs: 0,
    sender: 'gateway',
    kind: 'text',
    status: 'ok',
    op: 0,
    event: null,
    seq: null,
    wireBytes: 1,
    payloadBytes: 1,
    body: sizes.body === undefined ? null : new Uint8Array(sizes.body),
    raw: sizes.raw === undefined ? null : new Uint8Array(sizes.raw),
  };
}

const gap: CaptureRecord = { type: 'gap', connection: 1, sender: 'client', fromUs: 1, untilUs: 2, bytes: 3 };

describe('a batch', () => {
  it('is never due while it is empty', () => {
    const batch = new Batch(limits);
    batch.add([], 5);
    expect(batch.isDue(Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(batch.dueAtUs).toBeNull();
  });

  it('is due by count, of any kind of record', () => {
    const batch = new Batch(limits);
    batch.add([frame(), gap], 0);
    expect(batch.isDue(0)).toBe(false);
    batch.add([gap], 0);
    expect(batch.isDue(0)).toBe(true);
  });

  it.each([['body'], ['raw']] as const)('is due by the bytes of %s', (key) => {
    const batch = new Batch(limits);
    batch.add([frame({ [key]: 99 })], 0);
    expect(batch.isDue(0)).toBe(false);
    batch.add([frame({ [key]: 1 })], 0);
    expect(batch.isDue(0)).toBe(true);
  });

  it.each([['request'], ['response']] as const)('is due by the bytes of the %s of a REST call', (key) => {
    const body = (bytes: number): ExchangeRecord['request'] => ({
      contentType: null,
      wireBytes: 1,
      text: new Uint8Array(bytes),
      isCut: false,
    });
    const call = { ...exchange(), request: body(0), response: body(0) };
    const batch = new Batch(limits);
    batch.add([{ ...call, [key]: body(99) }], 0);
    expect(batch.isDue(0)).toBe(false);
    batch.add([{ ...call, [key]: body(1) }], 0);
    expect(batch.isDue(0)).toBe(true);
  });

  it('is due by the age of its oldest record', () => {
    const batch = new Batch(limits);
    batch.add([gap], 500);
    batch.add([gap], 1400);
    expect(batch.dueAtUs).toBe(1500);
    expect(batch.isDue(1499)).toBe(false);
    expect(batch.isDue(1500)).toBe(true);
  });

  it('is due after 8,192 records, 8 MiB or 40 ms by default', () => {
    const dueBy = (records: readonly CaptureRecord[], nowUs: number): boolean => {
      const batch = new Batch();
      batch.add(records, 0);
      return batch.isDue(nowUs);
    };
    const gaps = Array.from({ length: 8192 }, () => gap);
    expect([dueBy(gaps.slice(1), 0), dueBy(gaps, 0)]).toEqual([false, true]);
    const bytes = new Uint8Array(2 ** 23);
    const bodies = [bytes.subarray(1), bytes].map((body) => ({ ...frame(), body }));
    expect(bodies.map((body) => dueBy([body], 0))).toEqual([false, true]);
    expect([dueBy([gap], 39_999), dueBy([gap], 40_000)]).toEqual([false, true]);
  });

  it('returns all records in order and is empty afterwards', () => {
    const batch = new Batch(limits);
    const records = [frame({ body: 90 }), gap, frame()];
    batch.add(records, 0);
    expect(batch.size).toBe(3);
    expect(batch.take()).toEqual(records);
    expect(batch.take()).toEqual([]);
    batch.add([frame({ body: 99 })], 10);
    expect(batch.dueAtUs).toBe(1010);
    expect(batch.isDue(10)).toBe(false);
  });
});
