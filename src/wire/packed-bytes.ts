/**
 * Compression of what gatetape keeps for itself: whole buffers, there and back, as zlib data (RFC 1950).
 *
 * By node:zlib, which is the fastest for whole buffers. What comes from a peer is for inflate.ts, which bounds it.
 */
import { constants, deflateSync, inflateSync } from 'node:zlib';

/** `bytes` compressed, as small as it gets: it is done once, and read for months. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: constants.Z_BEST_COMPRESSION });
}

/** What `packBytes` was given, or null where `packed` is damaged, or holds more than `maxBytes`, which are never made. */
export function unpackBytes(packed: Uint8Array, maxBytes: number): Buffer | null {
  try {
    // Node takes no limit of 0, and a block of nothing holds nothing.
    return inflateSync(packed, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    return null;
  }
}
