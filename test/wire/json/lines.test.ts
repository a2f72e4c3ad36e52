import { expect, it } from 'vitest';
import { joinLines } from '../../../src/wire/json/grammar.js';

it('JSON is put on one line, with the same meaning', () => {
  const text = '{\r\n  "a": "b\\nc",\n  "d": [1]\n}';
  expect(joinLines(text)).toBe('{   "a": "b\\nc",   "d": [1] }');
  expect(JSON.parse(joinLines(text))).toEqual({ a: 'b\nc', d: [1] });
});
