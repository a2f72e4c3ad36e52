/** Bits of bytes, the lowest first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsAt, highestBit, paddedInput } from '../../src/wire/bits.js';

describe('bitsAt', () => {
  it('reads any bits, up to the last ones of padded input', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(25), (data, at, count) => {
        const position = at % (data.length * 8);
        const bits = Array.from(data, (byte) => byte.toString(2).padStart(8, '0'))
          .reverse()
          .join('')
          .padStart(256, '0');
        const expected = parseInt(`0${bits.slice(256 - position - count, 256 - position)}`, 2);
        expect(bitsAt(paddedInput(new Uint8Array(0), data), position, count)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('paddedInput', () => {
  it.each([0, 3, 100_000, 3_000_000])('joins leftover input and %i bytes, followed by zeros', (length) => {
    const input = paddedInput(Uint8Array.of(1, 2), new Uint8Array(length).fill(7));
    const padded = input.subarray(0, length + 6);
    expect(padded.equals(Buffer.concat([Buffer.of(1, 2), Buffer.alloc(length, 7), Buffer.alloc(4)]))).toBe(
      true,
    );
  });
});

describe('highestBit', () => {
  it.each([
    [1, 0],
    [2, 1],
    [255, 7],
    [0x80000000, 31],
  ])('of %i is %i', (value, expected) => {
    expect(highestBit(value)).toBe(expected);
  });
});
