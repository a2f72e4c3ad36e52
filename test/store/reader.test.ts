import { describe, expect, it } from 'vitest';
import { bareFrame, frame, opened } from '../support/capture/records.js';
import { readerOf } from '../support/stores.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

describe('sessions and connections', () => {
  it('are named by id or as the latest', () => {
    const reader = readerOf(TWO_SHARDS);
    expect(reader.resolveSession('latest')).toBe(1); // it resumed after 2 identified
    expect(reader.resolveSession(2)).toBe(2);
    expect(() => reader.resolveSession(3)).toThrow(/has no session 3/);
    expect(reader.resolveConnection('latest')).toBe(3);
    expect(reader.resolveCapture('latest')).toBe(1);
    expect(() => reader.resolveCapture(2)).toThrow(/has no capture 2/);
    expect(() => reader.resolveConnection(9)).toThrow(/has no connection 9/);
    const empty = readerOf([]);
    expect(() => empty.resolveSession('latest')).toThrow(/has no session yet/);
    expect(() => empty.resolveConnection('latest')).toThrow(/has no connection yet/);
  });
});

describe('neighbours', () => {
  it('are the frames beside one in its session, or in its connection where it has none', () => {
    const reader = readerOf(TWO_SHARDS, [
      opened({ connection: 9 }),
      bareFrame({ connection: 9, frameNo: 1, status: 'control' }),
      bareFrame({ connection: 9, frameNo: 2, status: 'control' }),
    ]);
    const near = (id: number): unknown => Object.values(reader.neighbours(reader.frame(id)!));
    expect([1, 3, 5, 8].map(near)).toEqual([
      [null, 2],
      [2, 5],
      [3, 6],
      [7, null],
    ]);
    expect([9, 10].map(near)).toEqual([
      [null, 10],
      [9, null],
    ]);
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
