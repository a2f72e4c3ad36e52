import { describe, expect, it } from 'vitest';
import { applySplices } from '../../src/wire/splices.js';

describe('applySplices', () => {
  it('sorts splices, and keeps the wider of two that overlap', () => {
    const splices = [
      { start: 4, end: 6, text: 'Y' },
      { start: 1, end: 3, text: 'X' },
      { start: 1, end: 2, text: 'no' },
      { start: 5, end: 6, text: 'no' },
    ];
    expect(Buffer.from(applySplices(Buffer.from('01234567'), splices)).toString()).toBe('0X3Y67');
  });
});
