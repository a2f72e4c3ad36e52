/**
 * Decompression of one complete RFC 1950 buffer (payload compression); no context survives it.
 *
 * By node:zlib, which verifies the checksum and bounds its output. Making its engine takes longer than most buffers do, so
 * one engine reads all that inflate to less than 64 KiB; what it refuses is decided, with a reason, by an engine of its
 * own. Bytes behind the checksum are not expected.
 * Source: RFC 1950 sections 2.2 and 8.2 (Adler-32).
 */
import { inflateSync } from 'node:zlib';
import type { Inflated, InflateLimits } from './inflated.js';
import { hasNodeInflate, WholeInflate } from './zlib/node-inflate.js';

let shared: WholeInflate | null = null;

/**
 * Inflates `bytes`: `ok`, `too_large`, `too_complex`, or `inflate_failed` if it is not one complete and intact buffer.
 */
export function inflateOnce(bytes: Uint8Array, { maxPayloadBytes, budget }: InflateLimits): Inflated {
  const allowedBytes = budget?.left ?? Infinity;
  const maxOutputLength = Math.min(maxPayloadBytes, allowedBytes);
  const small = inflateShared(bytes, maxOutputLength);
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

/** Inflates with the shared engine; null if it refuses, or does not work in this version of Node. */
function inflateShared(bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  if (!hasNodeInflate()) return null;
  shared ??= new WholeInflate();
  return shared.push(bytes, maxBytes);
}
