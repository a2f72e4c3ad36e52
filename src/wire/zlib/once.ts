/**
 * Decompression of one complete RFC 1950 buffer (payload compression); no context survives it.
 *
 * By node:zlib, which is the fastest for whole buffers and checks the checksum; its output is bounded on the way. Bytes
 * behind the checksum are not allowed for. Source: RFC 1950 sections 2.2 and 8.2.
 */
import { inflateSync } from 'node:zlib';
import type { Inflated, InflateLimits } from '../inflated.js';

/** Inflates `bytes`: `ok`, `too_large`, `too_complex`, or `inflate_failed` for anything but one whole and intact buffer. */
export function inflateOnce(bytes: Uint8Array, { maxPayloadBytes, budget }: InflateLimits): Inflated {
  const allowedBytes = budget?.left ?? Infinity;
  const maxOutputLength = Math.min(maxPayloadBytes, allowedBytes);
  try {
    // With `info` the result also has the engine, which its types do not say.
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
