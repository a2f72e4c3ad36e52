/** Headers of zstd frames, field by field (RFC 8878 section 3.1.1.1). */
import { describe, expect, it } from 'vitest';
import { ZstdCorruption } from '../../../src/wire/zstd/bits.js';
import {
  hasZstdMagic,
  readZstdBlockBytes,
  readZstdFrameHeader,
  ZSTD_HEADER,
} from '../../../src/wire/zstd/frame-header.js';

const read = (hex: string): ReturnType<typeof readZstdFrameHeader> => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return readZstdFrameHeader(bytes, 0, bytes.length);
};
const KiB = 1024;

describe('readFrameHeader', () => {
  it.each([
    ['28b52ffd 00 40', { headerBytes: 6, windowBytes: 256 * KiB, contentBytes: null, hasChecksum: false }],
    ['28b52ffd 04 40', { hasChecksum: true }],
    ['28b52ffd 00 00', { windowBytes: KiB }],
    ['28b52ffd 00 0b', { windowBytes: 2 * KiB + 3 * 256 }],
    ['28b52ffd 00 88', { windowBytes: 2 ** 27 }],
    ['28b52ffd 20 07', { headerBytes: 6, windowBytes: 7, contentBytes: 7 }],
    ['28b52ffd 60 0700', { headerBytes: 7, windowBytes: 263, contentBytes: 263 }],
    ['28b52ffd 40 40 0700', { headerBytes: 8, windowBytes: 256 * KiB, contentBytes: 263 }],
    ['28b52ffd 80 40 07000000', { headerBytes: 10, contentBytes: 7 }],
    ['28b52ffd c0 40 0700000001000000', { headerBytes: 14, contentBytes: 2 ** 32 + 7 }],
    ['28b52ffd 03 40 00000000', { headerBytes: 10 }],
    ['532a4d18 05000000', { headerBytes: 8, skippedBytes: 5 }],
  ])('reads %s', (hex, expected) => {
    expect(read(hex)).toMatchObject(expected);
    for (let cut = 0; cut < hex.length - 1; cut++) expect(read(hex.slice(0, cut - (cut % 2)))).toBeNull();
  });

  it.each([
    ['28b52ffe 00', 'no zstd frame'],
    ['28b52ffd 08 40', 'reserved bit of the frame header set'],
    ['28b52ffd 00 89', 'window over its limit'],
    ['28b52ffd a0 01000008', 'window over its limit'],
    ['28b52ffd 01 40 01', 'frame needs a dictionary'],
  ])('refuses %s: %s', (hex, message) => {
    expect(() => read(hex)).toThrow(new ZstdCorruption(message));
  });
});

it('the header of a stream, and no other four bytes, begin with the magic number', () => {
  expect(hasZstdMagic(ZSTD_HEADER)).toBe(true);
  expect(Buffer.from(ZSTD_HEADER).toString('hex')).toBe('28b52ffd0040');
  for (let at = 0; at < 4; at += 1) {
    const other = ZSTD_HEADER.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(hasZstdMagic(other)).toBe(false);
  }
});

it.each([
  ['a window of 1 KiB', '28b52ffd0000', 1024],
  ['a window of more than a block', '28b52ffd0090', 131_072],
  ['one segment', '28b52ffd2005', 131_072],
])('the longest block of %s', (_, hex, bytes) => {
  expect(readZstdBlockBytes(Buffer.from(hex, 'hex'))).toBe(bytes);
});
