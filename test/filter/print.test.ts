/** Printing and parsing of filters are inverse to each other. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseFilter } from '../../src/filter/parse.js';
import { printFilter } from '../../src/filter/print.js';
import { filterArb, isComplete } from '../support/filters.js';

it('gives text that is read back as the same tree', () => {
  expect(isComplete).toBe(true);
  fc.assert(
    fc.property(filterArb, (filter) => {
      const text = printFilter(filter);
      expect(parseFilter(text), text).toEqual(filter);
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ['', ''],
  ['  op:0   event:READY ', 'op:0 event:READY'],
  ['op:0 AND (event:READY or (deploy))', 'op:0 (event:READY or deploy)'],
  ['not op:1', '-op:1'],
  ['-(a b)', '-(a b)'],
  ['a or b c or d', 'a or b c or d'],
  ['(a or b) c', '(a or b) c'],
  ['"deploy"', 'deploy'],
  ['"or"', '"or"'],
  ['"a b"', '"a b"'],
  ['event:~READY', 'event:~READY'],
  ['event:~MESSAGE_*', 'event:MESSAGE_*'],
  ['size:..4KiB', 'size:<=4KiB'],
  ['size:1kB..', 'size:>=1kB'],
  ['d["content"]:5', 'd.content:5'],
  ['/A/mi', '/A/im'],
])('of %j is %j', (text, printed) => expect(printFilter(parseFilter(text))).toBe(printed));
