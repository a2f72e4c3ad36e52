/** JsonPicker, judged by JSON.parse: any document, cut anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BrokenJson,
  JsonPicker,
  type Choose,
  type JsonPath,
  type Picked,
} from '../../../src/wire/json/picker.js';

function pick(text: string, choose: Choose, cut: number): Picked[] {
  const picker = new JsonPicker(choose);
  const bytes = Buffer.from(text);
  const picked: Picked[] = [];
  for (let at = 0; at < bytes.length; at += cut) picked.push(...picker.push(bytes.subarray(at, at + cut)));
  picker.end();
  return picked;
}

/** Everything within two levels, taken from the parsed document. */
function expected(value: unknown, path: JsonPath = []): Picked[] {
  if (path.length === 2 || typeof value !== 'object' || value === null) return [{ path, value }];
  const entries = Array.isArray(value) ? value.map((item, i) => [i, item] as const) : Object.entries(value);
  return entries.flatMap(([key, item]) => expected(item, [...path, key]));
}

const levels = (path: JsonPath): 'take' | 'enter' => (path.length < 2 ? 'enter' : 'take');

describe('picking out of JSON', () => {
  it('gives what JSON.parse gives, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.integer({ min: 1, max: 9 }),
        (value, indent, cut) => {
          const text = JSON.stringify(value, null, indent);
          const isBare = typeof value !== 'object' || value === null;
          expect(pick(isBare ? `[${text}]` : text, levels, cut)).toEqual(
            expected(JSON.parse(isBare ? `[${text}]` : text)),
          );
        },
      ),
    );
  });

  it('skips the chosen values, with brackets in strings', () => {
    const text = '{"a":["]}\\"",{"b":"{"}],"c":[1,{"d":2}],"e":-1.5e3}';
    const choose = (path: JsonPath): 'take' | 'enter' | 'skip' =>
      path.length === 0 ? 'enter' : path[0] === 'a' ? 'skip' : 'take';
    for (const cut of [1, 2, 3, 100])
      expect(pick(text, choose, cut)).toEqual([
        { path: ['c'], value: [1, { d: 2 }] },
        { path: ['e'], value: -1500 },
      ]);
  });

  it('gives the start of each value, and reads a value from there without the text behind it', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.jsonValue())), fc.integer({ min: 1, max: 9 }), (lists, cut) => {
        const bytes = Buffer.from(JSON.stringify({ lists }));
        const starts: number[] = [];
        pick(
          bytes.toString(),
          (path, at) => {
            if (path.length === 2) starts.push(at);
            return path.length < 2 ? 'enter' : 'skip';
          },
          cut,
        );
        const read = starts.map((start) => {
          const part = new JsonPicker(({ length }) => (length === 0 ? 'enter' : 'take'), true);
          const picked: Picked[] = [];
          for (let at = start; !part.isDone; at += cut)
            picked.push(...part.push(bytes.subarray(at, at + cut)));
          return picked.map(({ value }) => value);
        });
        expect({ lists: read }).toEqual(JSON.parse(bytes.toString())); // which has no -0
      }),
    );
  });

  it('reads a byte order mark before the document, and nowhere else', () => {
    expect(pick('\ufeff[1]', levels, 2)).toEqual([{ path: [0], value: 1 }]);
    expect(() => pick('[\ufeff1]', levels, 2)).toThrow(new BrokenJson('a value is not JSON'));
    expect(() => pick('[1]\ufeff', levels, 2)).toThrow(new BrokenJson('something follows the document'));
  });

  it.each([
    ['', 'the document is cut off'],
    ['{', 'the document is cut off'],
    ['[1', 'the document is cut off'],
    ['{"a":', 'the document is cut off'],
    ['["a', 'the document is cut off'],
    ['[1]]', 'a bracket closes nothing'],
    ['[1}', 'a bracket closes nothing'],
    ['{a:1}', 'an object has no key here'],
    ['["a\nb"]', 'a value is not JSON'],
    ['[1] 2', 'something follows the document'],
  ])('refuses %j: %s', (text, message) => {
    expect(() => pick(text, levels, 2)).toThrow(new BrokenJson(message));
  });

  it('refuses a taken value that no code can walk, and says so', () => {
    const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(pick(deep(1000), (path) => (path.length === 0 ? 'enter' : 'take'), 100)).toHaveLength(1);
    expect(() => pick(deep(1001), (path) => (path.length === 0 ? 'enter' : 'take'), 100)).toThrow(
      'a value is nested too deeply',
    );
    expect(() => pick('{"a":{"b":[1,]}}', levels, 100)).toThrow('a value is not JSON');
  });
});
