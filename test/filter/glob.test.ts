/** Globs, judged by SQLite's. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob } from '../../src/filter/glob.js';
import { growth } from '../support/growth.js';
import { openForTest } from '../support/stores.js';

it('match as those of SQLite do', () => {
  const db = openForTest();
  const referee = db.prepare<[string, string], number>('SELECT ? GLOB ?').pluck();
  const charArb = fc.constantFrom('a', 'b', 'c', '-', ']', '^', 'ü', '😀');
  const textArb = fc.array(charArb, { maxLength: 8 }).map((chars) => chars.join(''));
  const patternArb = fc
    .array(fc.oneof(charArb, fc.constantFrom('*', '*', '?', '[', ']', '[a-c]', '[^a]', '[]a]', '[^]-b]')), {
      maxLength: 8,
    })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(patternArb, textArb, (pattern, text) => {
      expect([pattern, text, compileGlob(pattern)(text)]).toEqual([
        pattern,
        text,
        referee.get(text, pattern) === 1,
      ]);
    }),
    { numRuns: 5_000 },
  );
});

it('take time in proportion to the text', () => {
  const isLike = compileGlob('*a*a*a*a*a*a*b');
  expect(
    growth((length) => {
      const text = 'a'.repeat(length / 8);
      return () => isLike(text);
    }),
  ).toBeLessThan(64);
});
