/** What was made while a recording was: ids and times of one run that the next cannot have. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { MADE_MEANWHILE, replaceMoments } from '../../../src/replay/compare/meanwhile.js';
import { Mask } from '../../../src/replay/compare/mask.js';

const START_MS = Date.UTC(2026, 7, 6, 12);
const id = (ms: number): string => String((BigInt(ms - Date.UTC(2015, 0)) << 22n) + 5n);
const time = (ms: number): string => new Date(ms).toISOString();
const replaced = (value: JsonValue): JsonValue => replaceMoments(value, START_MS);

describe('a moment', () => {
  it('since the start is replaced by a word for its kind', () => {
    const later = START_MS + 1;
    expect(replaced({ d: [{ id: id(later), at: time(later), timestamp: later }] })).toEqual({
      d: [{ id: 'an id made meanwhile', at: 'a time made meanwhile', timestamp: 'a time made meanwhile' }],
    });
    const keys = replaced({ [id(later)]: 1, [id(later + 1)]: 2 });
    expect(keys).toEqual({ 'an id made meanwhile': 1, 'an id made meanwhile 2': 2 });
  });

  it('before the start is kept, like a value that is not a time', () => {
    const before = START_MS - 1;
    const value = {
      id: id(before),
      at: time(before),
      since: before,
      n: START_MS + 1,
      s: '17',
      t: '2026',
      x: null,
    };
    expect(replaced(value)).toEqual(value);
    expect(replaced(JSON.parse('{"__proto__":false}') as JsonValue)).toEqual(
      JSON.parse('{"__proto__":false}'),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        expect(replaceMoments(any as JsonValue, Infinity)).toEqual(any);
      }),
    );
  });
});

describe('the rule', () => {
  it('counts from a minute before the start, where that is known, and needs to be asked for', () => {
    const [old, young] = [id(START_MS - 61_000), id(START_MS - 59_000)];
    const apply = (rules: readonly string[], startedAtUs: number | null): JsonValue =>
      new Mask(rules, startedAtUs).apply([old, young], 0, 'READY');
    expect(apply([MADE_MEANWHILE], START_MS * 1_000)).toEqual([old, 'an id made meanwhile']);
    expect(apply([MADE_MEANWHILE], null)).toEqual([old, young]);
    expect(apply([], START_MS * 1_000)).toEqual([old, young]);
  });
});
