/** Codes of deflate, by the example of RFC 1951 section 3.2.2. */
import { describe, expect, it } from 'vitest';
import { readCodeBits, DeflateCode, readCodeSymbol } from '../../../src/wire/zlib/codes.js';

const built = (...lengths: number[]): DeflateCode | null => {
  const code = new DeflateCode(288);
  return code.build(Uint8Array.from(lengths), 0, lengths.length) ? code : null;
};
/** Reads a code that is written most significant bit first, as the RFC writes them; padded with the other bit. */
const read = (code: DeflateCode, bits: string): [symbol: number, bits: number] => {
  const padded = bits.padEnd(24, bits.endsWith('0') ? '1' : '0');
  const bytes = [0, 8, 16].map((at) =>
    parseInt(
      Array.from(padded.slice(at, at + 8))
        .reverse()
        .join(''),
      2,
    ),
  );
  const entry = code.read(Uint8Array.from([...bytes, 0, 0, 0, 0]), 0);
  return [readCodeSymbol(entry), readCodeBits(entry)];
};

describe('DeflateCode', () => {
  it.each([
    ['010', 0],
    ['011', 1],
    ['100', 2],
    ['101', 3],
    ['110', 4],
    ['00', 5],
    ['1110', 6],
    ['1111', 7],
  ])('reads %s of the example as symbol %i', (bits, symbol) => {
    expect(read(built(3, 3, 3, 3, 3, 2, 4, 4)!, bits)).toEqual([symbol, bits.length]);
  });

  it('follows codes that are longer than what is looked up', () => {
    const code = built(...Array.from({ length: 15 }, (_, i) => i + 1), 15)!;
    for (let ones = 0; ones < 15; ones++)
      expect(read(code, `${'1'.repeat(ones)}0`)).toEqual([ones, ones + 1]);
    expect(read(code, '1'.repeat(15))).toEqual([15, 15]);
    expect(code.isComplete).toBe(true);
  });

  it('can be built again', () => {
    const code = built(1, 2, 2)!;
    expect(code.build(Uint8Array.of(9, 2, 1, 2), 1, 4)).toBe(true);
    expect(['0', '10', '11'].map((bits) => read(code, bits)[0])).toEqual([1, 0, 2]);
  });

  it('accepts a single code of one bit, and no codes; other bit patterns are then invalid', () => {
    expect(read(built(0, 1)!, '0')).toEqual([1, 1]);
    expect(read(built(0, 1)!, '1')[1]).toBe(0);
    expect(read(built(0, 0)!, '0')[1]).toBe(0);
    expect(built(0, 1)!.isComplete).toBe(false);
  });

  it.each([[[1, 1, 1]], [[2, 2, 2]], [[2]], [[1, 2]]])('refuses the lengths %j', (lengths) => {
    expect(built(...lengths)).toBeNull();
  });
});
