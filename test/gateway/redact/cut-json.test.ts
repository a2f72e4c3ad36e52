/** JSON that breaks off anywhere is completed, or given up; nothing is added but what closes it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { completeJson, wordStart } from '../../../src/gateway/redact/cut-json.js';

const completed = (text: string): string | undefined => completeJson(Buffer.from(text))?.text.toString();

it.each([
  ['{"a":"some wor', '{"a":"some "}'],
  ['{"a":"secr', '{"a":""}'],
  [`["a\\n${'x'.repeat(4095)}`, '["a"]'],
  [`["a\\\\n${'x'.repeat(4095)}`, '["a\\\\"]'],
  ['{"a":"x y","b', '{"a":"x y"}'],
  ['{"a":[1,{"b":', '{"a":[1,{}]}'],
  ['[{"a":[1]},{"b":"c d', '[{"a":[1]},{"b":"c "}]'],
  ['[{"a":"\\', '[{"a":""}]'],
  ['["ends in \\u00', '["ends in "]'],
  ['{"a":12', '{"a":12}'],
  ['{"a":tru', '{}'],
  ['["redacted:0123456789abcdef', '["redacted:0123456789abcdef"]'],
])('the cut JSON %j is completed to %j', (text, whole) => {
  expect(completed(text)).toBe(whole);
});

it.each(['', 'x', '"', '[['.repeat(2000)])('cut JSON that cannot be completed gives null: %#', (text) => {
  expect(completed(text) ?? '""').toBe('""');
});

it('every prefix of any JSON text is completed, idempotently', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, at) => {
      const bytes = Buffer.from(json).subarray(0, at % (Buffer.byteLength(json) + 1));
      const once = completeJson(bytes);
      if (once === null) return;
      const kept = once.text.subarray(0, once.text.length - once.closers.length);
      expect(Buffer.from(bytes).subarray(0, kept.length)).toEqual(kept);
      expect(completeJson(kept)?.text.toString()).toBe(once.text.toString());
      if (/^[[{]/.test(json.trimStart()))
        expect(() => JSON.parse(once.text.toString('latin1')) as unknown).not.toThrow();
    }),
  );
});

it('the last word of a cut text is found, unless it is a placeholder', () => {
  const word = (text: string): string => text.slice(wordStart(Buffer.from(text), 0));
  expect(word('a=1&token=abc.def')).toBe('token=abc.def');
  expect(word('a=1 passÀ')).toBe('passÀ');
  expect(word('a word ')).toBe('');
  expect(word('token=redacted:0123456789abcdef')).toBe('');
});
