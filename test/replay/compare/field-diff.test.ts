import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { fieldDifferences } from '../../../src/replay/compare/field-diff.js';

describe('fieldDifferences', () => {
  it.each<[JsonValue, JsonValue, object[]]>([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, { a: 2 }, [{ path: 'a', expected: 1, actual: 2 }]],
    [
      { a: { b: [1, { c: null }] } },
      { a: { b: [1, { c: false }] } },
      [{ path: 'a.b[1].c', expected: null, actual: false }],
    ],
    [{ a: 1 }, {}, [{ path: 'a', expected: 1 }]],
    [{}, { a: null }, [{ path: 'a', actual: null }]],
    [[1, 2], [1], [{ path: '[1]', expected: 2 }]],
    [{ a: [] }, { a: {} }, [{ path: 'a', expected: [], actual: {} }]],
    [{ a: '1' }, { a: 1 }, [{ path: 'a', expected: '1', actual: 1 }]],
    [{ 'a key': { x: 1 } }, { 'a key': { x: 2 } }, [{ path: '["a key"].x', expected: 1, actual: 2 }]],
    [{ a: -0 }, { a: 0 }, []],
  ])('%j and %j', (expected, actual, differences) => {
    expect(fieldDifferences(expected, actual)).toEqual(differences);
  });

  it('lets a placeholder for a secret equal any string, and nothing else', () => {
    expect(fieldDifferences({ a: 'redacted:0123' }, { a: 'the real one' })).toEqual([]);
    expect(fieldDifferences({ a: 'redacted:0123' }, { a: 5 })).toHaveLength(1);
    expect(fieldDifferences({ a: 'the real one' }, { a: 'redacted:0123' })).toHaveLength(1);
  });

  it('stops at a hundred', () => {
    const values = (value: number): number[] => Array.from({ length: 500 }, () => value);
    expect(fieldDifferences(values(1), values(2))).toHaveLength(100);
  });

  it('is not confused by names that every object has', () => {
    expect(fieldDifferences({}, JSON.parse('{"toString":1,"__proto__":2}') as JsonValue)).toEqual([
      { path: 'toString', actual: 1 },
      { path: '__proto__', actual: 2 },
    ]);
  });

  it('finds nothing between equal values, and something between others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))] as [
          JsonValue,
          JsonValue,
        ];
        expect(fieldDifferences(one, structuredClone(one))).toEqual([]);
        const isEqual = JSON.stringify(a) === JSON.stringify(b);
        if (!isEqual && !JSON.stringify([a, b]).includes('{'))
          expect(fieldDifferences(one, other)).not.toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
