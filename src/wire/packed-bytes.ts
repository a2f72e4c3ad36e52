/**
 * Compression of gatetape's own data: whole buffers in both directions, as zlib data (RFC 1950).
 *
 * Uses node:zlib, which is the fastest for large buffers. Data from a peer goes to inflate.ts, which bounds it.
 */
import { constants, deflateSync, inflateSync } from 'node:zlib';

/** Compresses `bytes` at the highest level: they are written once, and read for months. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: constants.Z_BEST_COMPRESSION });
}

/** Inverse of `packBytes`; null if `packed` is damaged or holds more than `maxBytes`, which are never inflated. */
export function unpackBytes(packed: Uint8Array, maxBytes: number): Buffer | null {
  try {
    // Node accepts no limit of 0; an empty block inflates to nothing.
    return inflateSync(packed, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    return null;
  }
}
