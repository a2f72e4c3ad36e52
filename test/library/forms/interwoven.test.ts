/** Interwoven strands, judged by a stable sort of everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interwoven, type Keyed } from '../../../src/library/forms/interwoven.js';

type Item = Keyed<string>;

const keys = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 });
/** Items of each strand, named by their positions. */
const strands = fc
  .array(keys, { maxLength: 6 })
  .map((lists) =>
    lists.map((list, strand) =>
      list.sort((one, other) => one - other).map((key, at): Item => ({ key, value: `${strand}.${at}` })),
    ),
  );

describe('interwoven', () => {
  it('gives every item by its key, and those of one key by their strand', () => {
    fc.assert(
      fc.property(strands, fc.nat(3), (lists, early) => {
        const woven = interwoven(
          lists.map((items) => ({
            fromKey: (items[0]?.key ?? 0) - early,
            open: () => items.values(),
          })),
        );
        const sorted = lists.flat().sort((one, other) => one.key - other.key);
        expect([...woven]).toEqual(sorted.map(({ value }) => value));
      }),
    );
  });

  it('opens a strand no sooner than its turn comes', () => {
    const opened: number[] = [];
    const woven = interwoven(
      [5, 1, 9].map((key) => ({
        fromKey: key,
        open: (): Iterator<Keyed<number>> => {
          opened.push(key);
          return [{ key, value: key }].values();
        },
      })),
    );
    expect(woven.next().value).toBe(1);
    expect(opened).toEqual([1]);
    expect([...woven]).toEqual([5, 9]);
    expect(opened).toEqual([1, 5, 9]);
  });

  it('keeps the order of a strand whose keys are not in order', () => {
    const items: Item[] = [
      { key: 3, value: 'a' },
      { key: 1, value: 'b' },
      { key: 4, value: 'c' },
    ];
    const other: Item[] = [{ key: 3, value: 'x' }];
    const woven = interwoven([items, other].map((list) => ({ fromKey: 3, open: () => list.values() })));
    expect([...woven]).toEqual(['a', 'b', 'x', 'c']);
  });
});
