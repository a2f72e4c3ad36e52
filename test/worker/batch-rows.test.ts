/** Numbers that may be null. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromCell, toCell } from '../../src/worker/batch-slots.js';

describe('a number of a row', () => {
  it('is what was put there, in memory that only knows numbers; null is null', () => {
    const cell = new Float64Array(1);
    fc.assert(
      fc.property(fc.option(fc.maxSafeInteger()), (value) => {
        cell[0] = toCell(value);
        expect(fromCell(cell[0])).toBe(value);
      }),
    );
    expect(fromCell(new Float64Array(0)[0])).toBeNull();
  });
});
