import { describe, expect, it } from 'vitest';
import { describeMismatch } from '../../src/vitest/expected-call.js';

/** Stands in for vitest's comparison, by vitest's comparison. */
const equals = (actual: unknown, expected: unknown): boolean => {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
};
const of = (actual: unknown, expected: unknown): readonly string[] =>
  describeMismatch(actual, expected, equals);

describe('unlikeness', () => {
  it('is null if a value contains everything expected', () => {
    expect(of({ op: 8, d: { a: 1, b: [1, { c: 2, d: 3 }] } }, { d: { b: [1, { c: 2 }] } })).toEqual([]);
    expect(of({ a: 1 }, { a: undefined })).toEqual([]);
    expect(of({ a: 'xyz' }, { a: expect.stringContaining('y') as unknown })).toEqual([]);
    expect(of(null, null)).toEqual([]);
  });

  it('names the path that differs', () => {
    expect(of({ op: 8, d: { guild_id: '1', limit: 5 } }, { op: 8, d: { guild_id: '2', limit: 0 } })).toEqual([
      'd.guild_id is "1", not "2"',
      'd.limit is 5, not 0',
    ]);
    expect(of({ a: [1] }, { a: [1, 2] })).toEqual(['a is [1], not [1,2]']);
    expect(of({}, { a: expect.any(String) as unknown })).toEqual(['a is nothing, not Any<String>']);
    expect(of({ a: 'b' }, { a: /c/ })).toEqual(['a is "b", not /c/']);
  });

  it('shows no secret', () => {
    expect(of({ d: { token: 'abc' } }, { d: 1 })).toEqual(['d is {"token":"…"}, not 1']);
  });
});
