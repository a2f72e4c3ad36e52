/** Inflating deflate streams that are cut anywhere; node:zlib compresses, and says what is broken. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstBuffer,
  FULL_BYTES,
  fullBuffer,
  giveBack,
  largerBuffer,
  RawInflate,
} from '../../../src/wire/zlib/raw.js';
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

const isEqual = (found: Uint8Array | null, expected: Uint8Array): boolean =>
  found !== null && Buffer.compare(found, expected) === 0;

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

  it('keeps the window when its memory is used again', () => {
    const far = Buffer.concat(Array.from({ length: 10 }, () => payloads)).subarray(0, 30_000);
    const noise = randomBytes(30_000);
    const plain = Buffer.concat(Array.from({ length: 8 }, () => [noise, far]).flat());
    expect(isEqual(inflate(cut(deflateRawSync(plain, SYNC), [100])), plain)).toBe(true);
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
    ['a last block that is stored', '1 00 00000 1000000000000000 0111111111111111 00000000'],
    ['a last block that is stored and empty', '1 00 00000 0000000000000000 1111111111111111'],
  ])('refuses %s', (_, bits) => {
    const subject = new RawInflate();
    expect(subject.push(bitsOf(bits))).toBeNull();
    expect(subject.push(deflateRawSync('{}', SYNC))).toBeNull();
  });

  it('agrees with node:zlib on damaged streams, and on whether they are broken', () => {
    const stream = deflateRawSync(payloads, SYNC);
    const place = fc.oneof(fc.nat(150), fc.nat(stream.length - 1));
    const damage = fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 3 });
    // Empty stored blocks, as a fault may be seen some bits later.
    const tail = Buffer.from('000000ffff'.repeat(4), 'hex');
    fc.assert(
      fc.property(damage, lengths, (flips, pieces) => {
        const damaged = Buffer.concat([stream, tail]);
        for (const [at, bit] of flips) damaged[at]! ^= 1 << bit;
        const found = inflate(cut(damaged, pieces));
        const expected = inflatedByNode(damaged);
        if (expected !== null) expect(isEqual(found, expected)).toBe(true);
        else if (inflatedByNode(damaged.subarray(0, -10)) === null) expect(found).toBeNull();
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

/** What node:zlib makes of a stream; null if it is broken or over. */
function inflatedByNode(stream: Uint8Array): Buffer | null {
  try {
    const { buffer, engine } = inflateRawSync(stream, { ...SYNC, info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === stream.length ? buffer : null;
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
  // Literals of nine bits before it, so that it begins at each bit of a byte (section 3.2.6).
  const fixedBlock = (literals: number): (readonly [number, number])[] => [
    [0, 1],
    [1, 2],
    ...Array.from({ length: literals }, () => [511, 9] as const),
    [0, 7],
  ];

  it.each([
    ['a literal', [...header(257), [0, 2]] as const],
    ['a distance', [...header(258), [0, 3], [1, 1]] as const],
  ])('is broken as soon as %s has such a pattern, in as many bits as a code can have', (_, codes) => {
    for (let literals = 0; literals < 8; literals += 1) {
      const before = [...fixedBlock(literals), ...codes];
      const startBit = before.reduce((sum, [, bits]) => sum + bits, 0);
      const block = packBits(...before, [1, 1], [0, 30]);
      expect(() => inflateRawSync(block, SYNC)).toThrow(/invalid/);
      expect(inflate(cut(block, [1]))).toBeNull();
      const found = Array.from(block, (_byte, at) => inflate([block.subarray(0, at + 1)]) === null);
      expect(found).toEqual(Array.from(block, (_byte, at) => (at + 1) * 8 - startBit >= 15));
    }
  });
});

describe('the lengths of the codes of a block', () => {
  // 257 literals and one distance; lengths 0 and 3, repeats and zeros (16 and 18) have codes of two bits each.
  const head = `0 01 00000 00000 0101 010 000 010 010 ${'000'.repeat(9)} 010`;
  const zeros = '11 1111111 11 0010011'; // 249 of them
  const inflated = (bits: string): Buffer | null => inflate([bitsOf(head + bits)]);

  it('may repeat the first one', () => {
    const bits = `01 1011 ${zeros} 01 00 101 111`;
    expect(inflated(bits)).toEqual(Buffer.of(5));
    expect(inflateRawSync(bitsOf(head + bits), SYNC)).toEqual(Buffer.of(5));
  });

  it.each([
    ['repeat one before the first', '1000'],
    ['be more than there are codes', `01 1011 ${zeros} 01 11 0000000 101 111`],
  ])('may not %s', (_, bits) => {
    expect(inflated(bits)).toBeNull();
    expect(() => inflateRawSync(bitsOf(head + bits), SYNC)).toThrow('invalid bit length repeat');
  });

  it('may not have a code that leaves bit patterns unused', () => {
    // The length 3 alone has a code, of one bit.
    const block = bitsOf(`0 01 00000 00000 0101 ${'000'.repeat(13)} 100`);
    expect(inflate([block])).toBeNull();
    expect(() => inflateRawSync(block, SYNC)).toThrow('invalid code lengths set');
  });
});

describe('output buffers', () => {
  it('grow by doubling, then to full length, then to the needed size', () => {
    const { length } = firstBuffer();
    expect(largerBuffer(length, length + 1).length).toBe(2 * length);
    expect(largerBuffer(8192, 8193).length).toBe(FULL_BYTES);
    expect(largerBuffer(length, 50_000).length).toBe(FULL_BYTES);
    expect(largerBuffer(length, FULL_BYTES).length).toBe(FULL_BYTES);
    expect(largerBuffer(length, FULL_BYTES + 1).length).toBe(FULL_BYTES + 1);
  });

  it('of full length are reused by the next stream, and no others are', () => {
    const buffer = fullBuffer();
    giveBack(Buffer.alloc(FULL_BYTES + 1));
    giveBack(buffer);
    expect(fullBuffer()).toBe(buffer);
    expect(fullBuffer()).not.toBe(buffer);
  });

  it('are kept for eight streams', () => {
    const buffers = Array.from({ length: 9 }, fullBuffer);
    for (const buffer of buffers) giveBack(buffer);
    const reused = new Set(Array.from({ length: 9 }, fullBuffer));
    expect(buffers.filter((buffer) => reused.has(buffer))).toHaveLength(8);
  });

  it('of a stream have full length again after long output', () => {
    const subject = new RawInflate();
    const plain = randomBytes(200_000);
    subject.push(deflateRawSync(plain, SYNC));
    subject.close();
    expect(isEqual(fullBuffer().subarray(0, 32_768), plain.subarray(-32_768))).toBe(true);
  });
});
