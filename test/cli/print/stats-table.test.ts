import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparkline } from '../../../src/cli/print/stats-table.js';

const at = (atUs: number, count: number): { atUs: number; count: number } => ({ atUs, count });

describe('sparkline', () => {
  it('shows counts in eighths of the highest, gaps as spaces, and sums of one bucket', () => {
    expect(sparkline([at(0, 1), at(10, 3), at(10, 5), at(30, 4)], 10, 20)).toEqual({
      blocks: '▁█ ▄',
      blockUs: 10,
      peak: { atUs: 10, count: 8 },
    });
  });

  it('puts several buckets into a block where there is little room', () => {
    const counts = Array.from({ length: 10 }, (_, i) => at(i * 10, i));
    expect(sparkline(counts, 10, 4)).toMatchObject({ blockUs: 30, peak: { atUs: 60, count: 21 } });
  });

  it('of a single instant is empty', () => {
    expect(sparkline([], 10, 20)).toBeNull();
    expect(sparkline([at(5, 1), at(5, 2)], 10, 20)).toBeNull();
  });

  it('never exceeds its width, and shows every count above zero', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 1e9 })), { minLength: 2, maxLength: 50 }),
        fc.integer({ min: 2, max: 80 }),
        (pairs, width) => {
          const line = sparkline(
            pairs.map(([bucket, count]) => at(bucket * 60, count)),
            60,
            width,
          );
          if (line === null) return;
          expect(line.blocks.length).toBeLessThanOrEqual(width);
          expect(line.blocks).toContain('█');
          expect(line.blocks.replaceAll(' ', '').length).toBeGreaterThan(0);
          expect(line.blocks[0]).not.toBe(' ');
          expect(line.blocks.at(-1)).not.toBe(' ');
        },
      ),
    );
  });
});
