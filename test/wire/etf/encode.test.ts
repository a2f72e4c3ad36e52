/** Encoding of values as ETF: fixed vectors, and Erlang as the referee. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import type { JsonValue } from '../../../src/wire/json/value.js';
import { hasErlang, printedByErlang } from '../../support/erlang.js';

if (!hasErlang)
  console.log('skipped: what Erlang reads of encoded documents, because `erl` is not installed');

const limits = { maxPayloadBytes: 1_000_000 };

describe('encodeEtf', () => {
  it.each<[JsonValue, string]>([
    [{ op: 1, d: null }, '74 00000002 6d 00000002 6f70 61 01 6d 00000001 64 64 0003 6e696c'],
    [[true, false], '6c 00000002 64 0004 74727565 64 0005 66616c7365 6a'],
    [[], '6a'],
    [{}, '74 00000000'],
    [0, '61 00'],
    [255, '61 ff'],
    [256, '62 00000100'],
    [-1, '62 ffffffff'],
    [2147483647, '62 7fffffff'],
    [-2147483648, '62 80000000'],
    [2147483648, '6e 04 00 00000080'],
    [-2147483649, '6e 04 01 01000080'],
    [1700000000000, '6e 06 00 0068e5cf8b01'],
    [9007199254740991, '6e 07 00 ffffffffffff1f'],
    [9007199254740992, '46 4340000000000000'],
    [1.5, '46 3ff8000000000000'],
    [-0, '46 8000000000000000'],
    ['é', '6d 00000002 c3a9'],
    ['\u007f', '6d 00000001 7f'],
    ['\u0080', '6d 00000002 c280'],
    ['', '6d 00000000'],
    [{ 1: 'a' }, '74 00000001 6d 00000001 31 6d 00000001 61'],
    [{ $binary: '/w==' }, '6d 00000001 ff'],
    [{ $binary: 1 }, '74 00000001 6d 00000007 2462696e617279 61 01'],
    [{ $binary: '', x: 1 }, '74 00000002 6d 00000007 2462696e617279 6d 00000000 6d 00000001 78 61 01'],
  ])('encodes %j', (value, expected) => {
    expect(Buffer.from(encodeEtf(value)).toString('hex')).toBe(`83${expected.replaceAll(' ', '')}`);
  });

  it('writes what the decoder reads as the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value = JSON.parse(text) as JsonValue;
        const decoded = decodeEtf(encodeEtf(value), limits);
        expect(decoded.ok && decoded.value).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('encodes long texts', () => {
    const value = { text: 'é'.repeat(100_000), list: Array.from({ length: 10_000 }, (_, i) => i) };
    const decoded = decodeEtf(encodeEtf(value), limits);
    expect(decoded.ok && decoded.value).toEqual(value);
  });
});

describe.skipIf(!hasErlang)('documents read by Erlang', () => {
  it('are the terms that a gateway would send', () => {
    const values: JsonValue[] = [
      { op: 0, d: { id: '1', ok: true }, s: 3000000000, t: null },
      [1, -1, 256, -2147483649, 1.5, 9007199254740991, [], '', {}],
      [-0, 1e300],
    ];
    expect(printedByErlang(values.map(encodeEtf))).toEqual([
      '#{<<"d">> => #{<<"id">> => <<"1">>,<<"ok">> => true},<<"op">> => 0,<<"s">> => 3000000000,<<"t">> => nil}',
      '[1,-1,256,-2147483649,1.5,9007199254740991,[],<<>>,#{}]',
      '[-0.0,1.0e300]',
    ]);
  });
});
