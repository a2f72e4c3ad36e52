import { describe, expect, it } from 'vitest';
import { asShard, toPayload } from '../../src/gateway/payload.js';

describe('toPayload', () => {
  it('reads missing s, t and d as null, as clients may leave them out', () => {
    expect(toPayload({ op: 1 })).toEqual({ op: 1, d: null, s: null, t: null });
  });

  it('keeps d unchanged, whatever its type', () => {
    for (const d of [null, false, 7, 'x', [1], { a: { b: 1 } }]) {
      expect(toPayload({ op: 0, d, s: 3, t: 'X' })).toEqual({ op: 0, d, s: 3, t: 'X' });
    }
  });

  it.each([null, 1, 'op', [], [{ op: 1 }], {}, { op: '1' }, { op: 1.5 }, { op: null }])(
    'refuses %j: not an object with an integer op',
    (value) => expect(toPayload(value)).toBeNull(),
  );
});

describe('asShard', () => {
  it('reads a list of two integers, and nothing else', () => {
    expect(asShard([3, 16])).toEqual([3, 16]);
    for (const value of [undefined, null, 3, [3], [3, 16, 1], ['3', 16], [0, 1.5], { 0: 3, 1: 16 }])
      expect(asShard(value)).toBeNull();
  });
});
