import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/replay/faults/random.js';

it('random numbers are from 0 up to 1, and the same for the same seed', () => {
  const numbers = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 1000 }, () => random());
  };
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
  expect(numbers(-5).every((number) => number >= 0 && number < 1)).toBe(true);
  const mean = numbers(7).reduce((sum, number) => sum + number, 0) / 1000;
  expect(mean).toBeCloseTo(0.5, 1);
});

it('random numbers are those of mulberry32', () => {
  const random = seededRandom(42);
  expect([random(), random(), random()].map((number) => number * 2 ** 32)).toEqual([
    2581720956, 1925393290, 3661312704,
  ]);
});
