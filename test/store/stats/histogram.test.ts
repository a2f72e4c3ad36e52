import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../src/store/stats/histogram.js';

describe('percentiles', () => {
  it('are nearest-rank, as by sorting all values', () => {
    // Few distinct values and many, small and large: both ways of counting, and the change between them.
    const value = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 4100 }), fc.nat());
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 2000, size: 'max' }), (values) => {
        const histogram = new Histogram();
        const other = new Histogram();
        for (const [index, value] of values.entries()) (index % 3 === 0 ? other : histogram).add(value);
        histogram.merge(other);
        const sorted = [...values].sort((a, b) => a - b);
        const ranks = [1, 50, 95, 99, 100];
        expect(histogram.percentiles(ranks)).toEqual(
          ranks.map((p) => sorted[Math.ceil((p * sorted.length) / 100) - 1]),
        );
      }),
    );
  });

  it('of an empty histogram are null', () => {
    expect(new Histogram().percentiles([50, 100])).toEqual([null, null]);
  });

  it('count a value as often as it was added', () => {
    const histogram = new Histogram();
    histogram.add(1, 99);
    histogram.add(1000);
    expect(histogram.percentiles([50, 99, 100])).toEqual([1, 1, 1000]);
  });
});
