/**
 * Decompression of one complete RFC 1950 buffer (payload compression); no context survives it.
 *
 * Uses node:zlib, which verifies the checksum and bounds its output. Its set-up is slow for small buffers, so those go
 * to fflate first, into reused memory: 3.9 against 5.1 µs for 92 bytes, 5.2 against 5.4 for 312 (2026-11-29, Node 20);
 * for 4 KB node:zlib is three times as fast. fflate does not verify the checksum, so this file does. If fflate fails,
 * node:zlib decides. Bytes after the checksum are not expected.
 * Source: RFC 1950 sections 2.2 and 8.2 (Adler-32); fflate 0.8.3 `unzlibSync`.
 */
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import type * as Fflate from 'fflate';
import type { Inflated, InflateLimits } from './inflated.js';

/** Largest buffer for fflate, and largest output; deflate expands by 1,032 at the most, so its time is bounded too. */
const SMALL_BYTES = 256;
const SMALL_OUTPUT_BYTES = 512;
const CHECKSUM_BYTES = 4;
/** Largest prime below 2^16. The sums of so few bytes stay below 2^32. */
const ADLER_BASE = 65_521;

let unzlib: typeof Fflate.unzlibSync | null = null;

const scratch = new Uint8Array(SMALL_OUTPUT_BYTES);

/**
 * Inflates `bytes`: `ok`, `too_large`, `too_complex`, or `inflate_failed` if it is not one complete and intact buffer.
 */
export function inflateOnce(bytes: Uint8Array, { maxPayloadBytes, budget }: InflateLimits): Inflated {
  const allowedBytes = budget?.left ?? Infinity;
  const maxOutputLength = Math.min(maxPayloadBytes, allowedBytes);
  const small = inflateSmall(bytes, maxOutputLength);
  if (small !== null) {
    budget?.spend(small.length);
    return { status: 'ok', bytes: small };
  }
  try {
    // With `info` the result also has the engine, which is missing from its types.
    const { buffer, engine } = inflateSync(bytes, { info: true, maxOutputLength }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    budget?.spend(buffer.length);
    return engine.bytesWritten === bytes.length
      ? { status: 'ok', bytes: buffer }
      : { status: 'inflate_failed' };
  } catch (error) {
    if (!(error instanceof RangeError)) return { status: 'inflate_failed' };
    budget?.spend(maxOutputLength);
    return { status: allowedBytes < maxPayloadBytes ? 'too_complex' : 'too_large' };
  }
}

/** Inflates a small buffer; returns null if it is not small, or not complete and intact. */
function inflateSmall(bytes: Uint8Array, maxOutputLength: number): Uint8Array | null {
  if (bytes.length > SMALL_BYTES || bytes.length < CHECKSUM_BYTES || maxOutputLength < SMALL_OUTPUT_BYTES)
    return null;
  try {
    // fflate silently cuts output that does not fit; the checksum then fails.
    unzlib ??= loadUnzlib();
    const output = unzlib(bytes, { out: scratch });
    return adler32(output) === readChecksum(bytes) ? output.slice() : null;
  } catch {
    return null;
  }
}

/** Loads fflate with the first small buffer: it takes 7 ms, and most connections compress otherwise. */
function loadUnzlib(): typeof Fflate.unzlibSync {
  return (createRequire(import.meta.url)('fflate') as typeof Fflate).unzlibSync;
}

function readChecksum(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - CHECKSUM_BYTES);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a += byte;
    b += a;
  }
  return (b % ADLER_BASE) * 65_536 + (a % ADLER_BASE);
}
