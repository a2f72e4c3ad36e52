/** JSON is indented again, token for token. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentJson } from '../../../src/cli/print/json-text.js';

describe('indentJson', () => {
  it('lays JSON out as JSON.stringify does, whatever its white space was', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        const expected = JSON.stringify(value, null, 2);
        expect(indentJson(JSON.stringify(value))).toBe(expected);
        expect(indentJson(JSON.stringify(value, null, '\t'))).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps numbers, key order and escapes as they were', () => {
    expect(indentJson('{"b":1.0,"a":1E2,"n":123456789012345678901234,"s":"\\u00e9\\/"}')).toBe(
      '{\n  "b": 1.0,\n  "a": 1E2,\n  "n": 123456789012345678901234,\n  "s": "\\u00e9\\/"\n}',
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof indentJson(text)).toBe('string');
      }),
      { numRuns: 100 },
    );
    expect(indentJson('}}]')).toBe('\n}\n}\n]');
    const long = `"${'x'.repeat(20_000_000)}"`;
    expect(indentJson(long)).toBe(long);
  });
});
