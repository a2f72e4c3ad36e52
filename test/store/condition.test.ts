import { describe, expect, it } from 'vitest';
import { allOf, EVERYTHING, oneOf, where } from '../../src/store/condition.js';

describe('conditions', () => {
  it('are joined, with their values in order, and leave out what restricts nothing', () => {
    expect(allOf([EVERYTHING, where('a = ?', 1), oneOf('b', ['x', 'y']), where('c = ?', undefined)])).toEqual(
      {
        sql: 'a = ? AND b IN (SELECT value FROM json_each(?))',
        values: [1, '["x","y"]'],
      },
    );
    expect(allOf([EVERYTHING, oneOf('b', undefined)])).toBe(EVERYTHING);
  });
});
