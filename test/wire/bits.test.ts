/** Bits of bytes, the lowest first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsAt, highestBit, paddedInput } from '../../src/wire/bits.js';

describe('bitsAt', () => {
  it('reads any bits, and zeros where the bytes end', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(25), (data, at, count) => {
        const position = at % (data.length * 8 + 32);
        const bits = Array.from(data, (byte) => byte.toString(2).padStart(8, '0'))
          .reverse()
          .join('')
          .padStart(256, '0');
        const expected = parseInt(`0${bits.slice(256 - position - count, 256 - position)}`, 2);
        expect(bitsAt(data, position, count)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('paddedInput', () => {
  it('joins leftover input and bytes, followed by zeros', () => {
    const length = fc.oneof(fc.nat(5), fc.constantFrom(100_000, 3_000_000));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), length, (rest, count) => {
        const bytes = Buffer.alloc(count, 7);
        const padded = paddedInput(rest, bytes).subarray(0, rest.length + count + 4);
        expect(padded.equals(Buffer.concat([rest, bytes, Buffer.alloc(4)]))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('reuses its memory, and frees what only a long input needed', () => {
    const padded = (length: number): Buffer => paddedInput(new Uint8Array(0), new Uint8Array(length));
    expect(padded(1024 * 1024).length).toBeGreaterThan(1024 * 1024);
    const short = padded(1);
    expect(short.length).toBeLessThanOrEqual(1024 * 1024);
    expect(padded(60_000)).toBe(short);
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
