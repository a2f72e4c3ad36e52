import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileBlockSearch } from '../../src/store/block-search.js';

const toLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Every place of a text in bytes, by a plain reading. */
function placesOf(text: string, bytes: Buffer): readonly number[] {
  const needle = Buffer.from(toLower(text)).toString('latin1');
  const hay = toLower(bytes.toString('latin1'));
  const places: number[] = [];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) places.push(at);
  return places;
}

const letters = fc.constantFrom('a', 'b', 'B', 'A', 'é', 'É', '1', '@', '[', '`', '{', '😀', '\0');
const textArb = fc.string({ minLength: 1, maxLength: 5, unit: letters });

it('finds all places of all needles, whatever the case of ASCII letters, and escapes', () => {
  fc.assert(
    fc.property(
      fc.array(textArb, { minLength: 1, maxLength: 3 }),
      fc.string({ maxLength: 60, unit: fc.oneof(letters, fc.constantFrom('\\', '\\u')) }),
      (texts, hay) => {
        const block = Buffer.from(hay);
        const search = compileBlockSearch(texts.map((text) => ({ text, spelled: text })));
        const expected = [...texts.flatMap((text) => placesOf(text, block)), ...placesOf('\\u', block)];
        expect(search(block, Infinity)?.toSorted((a, b) => a - b)).toEqual(
          expected.toSorted((a, b) => a - b),
        );
        if (expected.length > 0) expect(search(block, expected.length - 1)).toBeNull();
      },
    ),
    { numRuns: 1000 },
  );
});

it('takes every backslash for a place of what JSON spells with a short escape', () => {
  const search = compileBlockSearch([{ text: '"x"', spelled: 'say "x"' }]);
  expect(search(Buffer.from('\\n "X" "x'), 10)?.toSorted()).toEqual([0, 3]);
});
