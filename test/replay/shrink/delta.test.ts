import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapped, minimise } from '../../../src/replay/shrink/search.js';

/** Drives a search to its end; returns the result and how often it asked. */
function found<Asked, Result>(
  search: Generator<Asked, Result, boolean>,
  has: (value: Asked) => boolean,
): { result: Result; asked: number } {
  let next = search.next();
  let asked = 0;
  while (next.done !== true) {
    asked += 1;
    next = search.next(has(next.value));
  }
  return { result: next.value, asked };
}

describe('minimise', () => {
  it('finds exactly the elements that are needed, wherever they are', () => {
    const given = fc
      .uniqueArray(fc.nat(500), { maxLength: 60 })
      .chain((all) => fc.tuple(fc.constant(all), fc.subarray(all, { maxLength: Math.min(4, all.length) })));
    fc.assert(
      fc.property(given, ([all, needed]) => {
        const { result } = found(minimise(all), (part) => needed.every((each) => part.includes(each)));
        expect(result).toEqual(needed);
      }),
    );
  });

  it('is minimal for any property: nothing can be left out of what it finds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 20 }), fc.func(fc.boolean()), (all, odd) => {
        const has = (part: readonly number[]): boolean => part.length === all.length || odd(part);
        const { result } = found(minimise(all), has);
        if (result.length < 2) return;
        for (let out = 0; out < result.length; out += 1) {
          expect(has(result.filter((_, index) => index !== out))).toBe(false);
        }
      }),
    );
  });

  it('finds one of a thousand by asking a few dozen times', () => {
    const all = Array.from({ length: 1000 }, (_, index) => index);
    const { result, asked } = found(minimise(all), (part) => part.includes(613));
    expect(result).toEqual([613]);
    expect(asked).toBeLessThan(60);
  });
});

describe('mapped', () => {
  it('asks about other values than it searches', () => {
    const asked: string[] = [];
    const { result } = found(
      mapped(minimise(['a', 'b', 'c']), (part) => part.join('')),
      (text) => {
        asked.push(text);
        return text.includes('b');
      },
    );
    expect(result).toEqual(['b']);
    expect(asked[0]).toBe('');
  });
});
