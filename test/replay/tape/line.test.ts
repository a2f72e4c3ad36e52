import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { parseJson, TapeLine } from '../../../src/replay/tape/line.js';

describe('a tape line', () => {
  const line = new TapeLine('{"count":3,"before":-3,"sender":"gateway","half":0.5}', 'demo line 7');

  it('hands out what it holds', () => {
    const object = line.object();
    expect([line.count(object, 'count'), line.integer(object, 'before')]).toEqual([3, -3]);
    expect(line.sender(object)).toBe('gateway');
  });

  it.each([
    ['a negative count', () => line.count(line.object(), 'before'), 'demo line 7 has no usable "before"'],
    ['a fraction', () => line.integer(line.object(), 'half'), 'demo line 7 has no usable "half"'],
    ['a missing key', () => line.count(line.object(), 'x'), 'demo line 7 has no usable "x"'],
    ['no sender', () => line.sender({ sender: 1 }), 'demo line 7 has no usable "sender"'],
    ['no object', () => new TapeLine('[]', 'demo line 8').object(), 'demo line 8 is not a JSON object'],
    [
      'what is nested too deep',
      () => new TapeLine('['.repeat(1e5), 'demo line 9').object(),
      'demo line 9 is nested deeper than',
    ],
  ])('refuses %s by its place', (_, read, message) => {
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('has no value if it is not JSON', () => {
    expect(parseJson('{')).toBeUndefined();
    expect(parseJson('null')).toBeNull();
  });
});
