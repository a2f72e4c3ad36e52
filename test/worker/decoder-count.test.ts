/** How many threads decode, on machines of any size. */
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { countDecoders } from '../../src/worker/decoder-count.js';

it.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [8, 6],
  [64, 8],
])('auto leaves two of %i processors to others', (processors, count) => {
  expect(countDecoders('auto', processors)).toBe(count);
});

it('a number is taken as it is', () => {
  expect(countDecoders(16, 2)).toBe(16);
  expect(countDecoders('auto')).toBe(countDecoders('auto', availableParallelism()));
});
