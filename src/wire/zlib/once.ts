/**
 * Decompression of one complete RFC 1950 buffer (payload compression); no context survives it.
 *
 * By fflate, which does whole buffers well: it takes them in pieces, so that the output can be bounded on the way.
 * It leaves the checksum to its caller. Bytes behind the checksum are not allowed for.
 * Source: RFC 1950 sections 2.2 and 8.2 (Adler-32); fflate 0.8.3 `Unzlib`.
 */
import { Unzlib } from 'fflate';
import { BoundedOutput } from '../bounded-output.js';
import type { Inflated, InflateLimits } from '../inflated.js';

/** Bytes given to fflate at a time; deflate expands them by 1,032 at the most. */
const PIECE_BYTES = 4096;
const CHECKSUM_BYTES = 4;
/** Largest prime below 2^16, and how many bytes can be summed before 32 bits could overflow. */
const ADLER_BASE = 65_521;
const ADLER_RUN = 3800;

/** Inflates `bytes`: `ok`, `too_large`, or `inflate_failed` for anything but one whole and intact buffer. */
export function inflateOnce(bytes: Uint8Array, limits: InflateLimits): Inflated {
  const output = new BoundedOutput(limits.maxPayloadBytes);
  const inflate = new Unzlib((piece) => output.add(piece));
  try {
    // The last piece is the longest: fflate wants the whole checksum in it.
    let start = 0;
    for (; start + 2 * PIECE_BYTES < bytes.length && !output.isOver; start += PIECE_BYTES) {
      inflate.push(bytes.subarray(start, start + PIECE_BYTES));
    }
    if (!output.isOver) inflate.push(bytes.subarray(start), true);
  } catch {
    return { status: 'inflate_failed' };
  }
  const inflated = output.take();
  if (inflated.status !== 'ok' || adler32(inflated.bytes) === checksumOf(bytes)) return inflated;
  return { status: 'inflate_failed' };
}

function checksumOf(bytes: Uint8Array): number {
  if (bytes.length < CHECKSUM_BYTES) return Number.NaN;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - CHECKSUM_BYTES);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    for (const byte of bytes.subarray(start, start + ADLER_RUN)) {
      a += byte;
      b += a;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return b * 65_536 + a;
}
