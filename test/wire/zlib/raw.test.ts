/** Inflating deflate streams that are cut anywhere; node:zlib compresses, and says what is broken. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawInflate } from '../../../src/wire/zlib/raw.js';
import { samplePayloads } from '../../support/zlib-stream.js';

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH };
const payloads = Buffer.concat(samplePayloads(60));

/** Output of the pieces, or null from the first that is broken. */
function inflate(pieces: readonly Uint8Array[]): Buffer | null {
  const subject = new RawInflate();
  const output: Uint8Array[] = [];
  for (const piece of pieces) {
    const bytes = subject.push(piece);
    if (bytes === null) return null;
    output.push(Buffer.from(bytes));
  }
  return Buffer.concat(output);
}

/** Cuts data into pieces of the lengths given, again and again. */
function cut(data: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const length = lengths[i % lengths.length]!;
    pieces.push(data.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

describe('RawInflate', () => {
  const plain = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(payloads.length).map((length) => payloads.subarray(0, length)),
    fc
      .tuple(fc.string(), fc.nat(5000))
      .map(([text, count]) => Buffer.from(text.repeat(count)).subarray(0, 60_000)),
    fc
      .array(fc.nat(12), { maxLength: 3000 })
      .map((steps) => Buffer.from(steps.map((step) => 2 ** (step % 8)))),
  );
  const options = fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    strategy: fc.integer({ min: 0, max: 4 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    windowBits: fc.integer({ min: 9, max: 15 }),
  });
  const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });

  it('reads whatever node:zlib writes, however it is cut', () => {
    fc.assert(
      fc.property(plain, options, lengths, (bytes, option, pieces) => {
        const found = inflate(cut(deflateRawSync(bytes, { ...option, ...SYNC }), pieces));
        expect(found !== null && Buffer.compare(found, bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([1, 2, 7])('reads a stream of all kinds of blocks in pieces of %i bytes', (length) => {
    const parts = [
      { bytes: payloads, level: 9, strategy: constants.Z_DEFAULT_STRATEGY },
      { bytes: randomBytes(70_000), level: 0, strategy: constants.Z_DEFAULT_STRATEGY },
      { bytes: payloads, level: 6, strategy: constants.Z_FIXED },
      {
        bytes: Buffer.from(randomBytes(5000).map((byte) => Math.clz32(byte))),
        level: 6,
        strategy: constants.Z_HUFFMAN_ONLY,
      },
    ];
    const stream = Buffer.concat(
      parts.map(({ bytes, level, strategy }) => deflateRawSync(bytes, { level, strategy, ...SYNC })),
    );
    const expected = Buffer.concat(parts.map(({ bytes }) => bytes));
    expect(Buffer.compare(inflate(cut(stream, [length])) ?? Buffer.alloc(0), expected)).toBe(0);
  });

  it('gives all output that the input so far determines', () => {
    const subject = new RawInflate();
    const blocks = deflateRawSync('{"op":11}', SYNC);
    // Without the empty stored block that a sync flush ends with.
    expect(Buffer.from(subject.push(blocks.subarray(0, -5))!).toString()).toBe('{"op":11}');
    expect(subject.push(blocks.subarray(-5))).toHaveLength(0);
  });

  it('reaches back as far as 32,768 bytes over many pieces', () => {
    const subject = new RawInflate();
    const first = randomBytes(32_768);
    expect(subject.push(deflateRawSync(first, SYNC))).toHaveLength(32_768);
    // One match of 258 bytes at distance 32,768, in a fixed block: symbol 285, distance symbol 29 and 13 bits.
    expect(Buffer.from(subject.push(bitsOf('0 10 11000101 11101 1111111111111 0000000'))!)).toEqual(
      first.subarray(0, 258),
    );
  });

  it.each([
    ['a block of the kind that does not exist', '0 11'],
    ['a stored block with a wrong complement', '0 00 00000 1000000000000000 1111111111111111'],
    ['a match from before the start', '0 10 0000001 00000 0000000'],
    ['a length symbol that does not exist', '0 10 11000110 00000 0000000'],
    ['a distance symbol that does not exist', '0 10 00110000 0000001 11110 0000000'],
    ['too many literal codes', '0 01 01111 00000 0000 000000000000 00000000'],
    ['code lengths of nothing', '0 01 00000 00000 0000 000000000000 000000000000000000'],
    ['too many codes of a length', '0 01 00000 00000 0000 100100100100 000000000000000000'],
    ['a last block, which the gateway never sends', '1 10 0000000'],
  ])('refuses %s', (_, bits) => {
    const subject = new RawInflate();
    expect(subject.push(bitsOf(bits))).toBeNull();
    expect(subject.push(deflateRawSync('{}', SYNC))).toBeNull();
  });

  it('agrees with node:zlib on damaged streams that both can read', () => {
    const stream = deflateRawSync(payloads, SYNC);
    const damage = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(7)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, lengths, (flips, pieces) => {
        const damaged = Buffer.from(stream);
        for (const [at, bit] of flips) damaged[at]! ^= 1 << bit;
        const found = inflate(cut(damaged, pieces));
        const expected = inflatedByNode(damaged);
        if (found !== null && expected !== null) expect(Buffer.compare(found, expected)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('releases its memory for reuse on close, and no other stream can read the old contents', () => {
    const long = randomBytes(30_000);
    const first = new RawInflate();
    expect(Buffer.compare(first.push(deflateRawSync(long, SYNC)) ?? Buffer.alloc(0), long)).toBe(0);
    first.close();
    expect(first.push(deflateRawSync(long, SYNC))).toBeNull();
    const second = new RawInflate();
    const other = randomBytes(12_000);
    expect(Buffer.compare(second.push(deflateRawSync(other, SYNC)) ?? Buffer.alloc(0), other)).toBe(0);
    // Matches that reach behind the beginning of the stream, into what the first one left there.
    const behind = deflateRawSync(long.subarray(0, 5000), { ...SYNC, dictionary: long });
    expect(second.push(behind)).toBeNull();
  });
});

function inflatedByNode(stream: Uint8Array): Buffer | null {
  try {
    return inflateRawSync(stream, SYNC);
  } catch {
    return null;
  }
}

/** Bytes of bits in the order in which they are read. */
function bitsOf(text: string): Buffer {
  const bits = text.replaceAll(' ', '');
  return Buffer.from(
    Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      parseInt(
        Array.from(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'))
          .reverse()
          .join(''),
        2,
      ),
    ),
  );
}

/** Bytes of numbers, each with its count of bits, from the lowest bit on (RFC 1951 section 3.1.1). */
function packBits(...numbers: readonly (readonly [value: number, bits: number])[]): Buffer {
  const bits = numbers.flatMap(([value, count]) => Array.from({ length: count }, (_, i) => (value >> i) & 1));
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries()) bytes[at >> 3]! |= bit << (at & 7);
  return bytes;
}

describe('a block whose codes do not use every bit pattern', () => {
  // Code lengths by two symbols: 18 (so many zeros) is the bit 1, and the length 1 is the bit 0 (section 3.2.7).
  const header = (literals: number): (readonly [number, number])[] => [
    ...([
      [0, 1],
      [2, 2],
      [literals - 257, 5],
      [0, 5],
      [14, 4],
    ] as const),
    ...Array.from({ length: 18 }, (_, index): [number, number] => [index === 2 || index === 17 ? 1 : 0, 3]),
    ...([
      [1, 1],
      [127, 7],
      [1, 1],
      [107, 7],
    ] as const),
  ];
  const rest = [[0, 30]] as const;

  it.each([
    ['a literal', packBits(...header(257), [0, 2], [1, 1], ...rest)],
    ['a distance', packBits(...header(258), [0, 3], [1, 1], [1, 1], ...rest)],
  ])('is broken as soon as %s has such a pattern', (_, block) => {
    expect(() => inflateRawSync(block, SYNC)).toThrow(/invalid/);
    expect(inflate([block])).toBeNull();
    // The last bytes decide it: as many as a code can have.
    expect(inflate([block.subarray(0, -4)])).toEqual(Buffer.alloc(0));
    expect(inflate([...cut(block, [1])])).toBeNull();
  });
});
