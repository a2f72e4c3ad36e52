import fc from 'fast-check';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../../src/wire/content-coding.js';

const limits = { maxPayloadBytes: 10_000 };
const CODERS = [
  ['gzip', gzipSync],
  ['X-GZIP', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
] as const;

describe('a coded body', () => {
  it.each(CODERS)('in %s is what node:zlib compressed', (name, encode) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (bytes) => {
        const decoded = decodeContent(encode(bytes), name, limits);
        expect(decoded.status === 'ok' && Buffer.from(decoded.bytes).equals(bytes)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('in several codings is undone from the last to the first', () => {
    const decoded = decodeContent(brotliCompressSync(gzipSync('text')), ' gzip, br', limits);
    expect(decoded).toMatchObject({ status: 'ok', bytes: Buffer.from('text') });
  });

  it('in zstd is decoded by our own decoder', () => {
    // `printf hello | zstd`: magic, header, one raw block, checksum left out.
    const frame = Buffer.from('28b52ffd200529000068656c6c6f', 'hex');
    expect(decodeContent(frame, 'zstd', limits)).toMatchObject({ bytes: Buffer.from('hello') });
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(20_000)), 'too_large'],
    [null, Buffer.alloc(10_001), 'too_large'],
    ['gzip', Buffer.from('no gzip'), 'inflate_failed'],
    ['br', brotliCompressSync('x'.repeat(100)).subarray(0, 5), 'inflate_failed'],
    ['compress', Buffer.from('x'), 'unsupported_compression'],
    ['br,br,br,br,br', Buffer.from('x'), 'unsupported_compression'],
  ])('%s fails with a reason', (coding, bytes, status) => {
    expect(decodeContent(bytes, coding, limits)).toEqual({ status });
  });

  it.each([null, '', 'identity'])('in no coding (%j) is itself, up to the limit', (coding) => {
    const bytes = Buffer.alloc(limits.maxPayloadBytes, 'x');
    expect(decodeContent(bytes, coding, limits)).toEqual({ status: 'ok', bytes });
  });
});

it('a body in zstd fails with a reason', () => {
  const frame = Buffer.from('28b52ffd200529000068656c6c6f', 'hex');
  expect(decodeContent(frame.subarray(0, -1), 'zstd', limits)).toEqual({ status: 'inflate_failed' });
  expect(decodeContent(frame, 'zstd', { maxPayloadBytes: 4 })).toEqual({ status: 'too_large' });
  const repeated = Buffer.from('28b52ffd0040' + '02001061'.repeat(400), 'hex');
  expect(decodeContent(repeated, 'zstd', limits)).toEqual({ status: 'too_large' });
});

it('the codings before one that fails are not undone', () => {
  expect(decodeContent(gzipSync('x'), 'gzip, compress, br', limits)).toEqual({ status: 'inflate_failed' });
  expect(decodeContent(gzipSync('x'), 'gzip, compress', limits)).toEqual({
    status: 'unsupported_compression',
  });
});
