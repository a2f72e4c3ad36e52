import { describe, expect, it } from 'vitest';
import { whereAll, EVERYTHING, whereIn, whereEqual } from '../../src/store/condition.js';

describe('conditions', () => {
  it('are joined, with their values in order, and leave out what restricts nothing', () => {
    expect(
      whereAll([
        EVERYTHING,
        whereEqual('a = ?', 1),
        whereIn('b', ['x', 'y']),
        whereEqual('c = ?', undefined),
      ]),
    ).toEqual({
      sql: 'a = ? AND b IN (SELECT value FROM json_each(?))',
      values: [1, '["x","y"]'],
    });
    expect(whereAll([EVERYTHING, whereIn('b', undefined)])).toBe(EVERYTHING);
  });
});
