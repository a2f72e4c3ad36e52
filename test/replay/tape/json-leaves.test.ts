import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapLeaves, type LeafMap } from '../../../src/replay/tape/json-leaves.js';

const NOTHING: LeafMap = {
  string: (value) => value,
  key: (name) => name,
  number: (text) => text,
  cover: () => null,
};

function marked(text: string): string {
  return mapLeaves(text, {
    string: (value, { key, parent }) => `${value}@${parent}/${key}`,
    key: (name, { key }) => `${name}<${key}`,
    number: (number, { key }) => (key === 'n' ? '0' : number),
    cover: () => null,
  });
}

describe('mapLeaves', () => {
  it('changes only the chosen leaves, and keeps spacing and number formats', () => {
    const text = '{ "a" :[1.0, -2E+3,"\\u0041\\n"] ,"b":{"":null}, "c":true}';
    expect(mapLeaves(text, NOTHING)).toBe(text);
  });

  it('gives the position of each leaf', () => {
    expect(marked('{"a":["x",{"n":5,"b":"y"},"z"],"n":7}')).toBe(
      '{"a<":["x@/a",{"n<a":0,"b<a":"y@a/b"},"z@/a"],"n<":0}',
    );
    expect(marked('"top"')).toBe('"top@/"');
  });

  it('leaves what is no JSON as it is', () => {
    for (const text of ['}', ']]', '"a":1', '{"a":}', '"a', 'x']) expect(mapLeaves(text, NOTHING)).toBe(text);
  });

  it('changes every leaf as a parser would find it', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value === 'string') return `<${value}>`;
      if (Array.isArray(value)) return value.map(reversed);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [`<${key}>`, reversed(each)]));
    };
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const map = { ...NOTHING, string: (each: string) => `<${each}>`, key: (each: string) => `<${each}>` };
        expect(JSON.parse(mapLeaves(text, map))).toEqual(reversed(JSON.parse(text)));
        expect(mapLeaves(text, NOTHING)).toBe(text);
      }),
    );
  });

  it('takes strings of megabytes', () => {
    const long = `"${'\\"x'.repeat(2 ** 20)}"`;
    expect(mapLeaves(`[${long}]`, NOTHING)).toBe(`[${long}]`);
  });
});
