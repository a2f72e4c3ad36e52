import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplices } from '../../src/wire/splices.js';

const apply = (text: string, splices: Parameters<typeof applySplices>[1]): string =>
  Buffer.from(applySplices(Buffer.from(text), splices)).toString();

describe('applySplices', () => {
  it('replaces parts that do not overlap, whatever their order', () => {
    const part = fc.record({
      kept: fc.string(),
      old: fc.string({ minLength: 1 }),
      text: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(fc.array(part), fc.boolean(), (parts, isReversed) => {
        let before = '';
        let after = '';
        const splices = parts.map(({ kept, old, text }) => {
          const start = Buffer.byteLength(before + kept);
          before += kept + old;
          after += kept + text;
          return { start, end: Buffer.byteLength(before), text };
        });
        expect(apply(before, isReversed ? splices.reverse() : splices)).toBe(after);
      }),
    );
  });

  it('keeps the first of two that overlap, or the longer one', () => {
    const splices = [
      { start: 4, end: 6, text: 'Y' },
      { start: 1, end: 2, text: 'no' },
      { start: 1, end: 3, text: 'X' },
      { start: 5, end: 6, text: 'no' },
    ];
    expect(apply('01234567', splices)).toBe('0X3Y67');
  });
});
