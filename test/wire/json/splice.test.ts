import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findString, replaceString } from '../../../src/wire/json/splice.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('findString and replaceString', () => {
  it('agree with JSON.parse on what a path leads to, and change nothing but that', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(undefined, 1, '\t'),
        (outer, inner, before, after, indent) => {
          const value = { ...outer, d: { ...inner, url: before } };
          const text = utf8(JSON.stringify(value, null, indent));
          const place = findString(text, 0, ['d', 'url']);
          expect(place?.value).toBe(before);
          const replaced = Buffer.from(replaceString(text, place!, after)).toString();
          expect(replaced).toBe(JSON.stringify({ ...value, d: { ...value.d, url: after } }, null, indent));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes the last of equal keys, whatever their escapes', () => {
    const text = utf8('{"url":"a","\\u0075rl":"b"}');
    expect(findString(text, 0, ['url'])?.value).toBe('b');
  });

  it.each([
    '',
    '[]',
    '"url"',
    '{',
    '{"url"',
    '{"url":',
    '{"url":"a',
    '{"url":"a"',
    '{"url":"a",}',
    '{"url":1}',
  ])('finds nothing in %s', (text) => {
    expect(findString(utf8(text), 0, ['url'])).toBeNull();
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, text) => {
        findString(bytes, 0, ['url']);
        findString(utf8(`{"url":${text}`), 0, ['url', 'x']);
      }),
      { numRuns: 300 },
    );
  });
});
