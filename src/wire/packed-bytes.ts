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

/** Output is written into pieces of this size at most; of the whole size if that is less, which is a third faster. */
const MAX_PIECE_BYTES = 1_048_576;
/** Least size of a piece that node:zlib accepts. */
const MIN_PIECE_BYTES = 64;

/** Inverse of `packBytes`; null if `packed` is damaged or holds more than `maxBytes`, which are never inflated. */
export function unpackBytes(packed: Uint8Array, maxBytes: number): Buffer | null {
  return inflate(packed, maxBytes, constants.Z_FINISH);
}

/** Beginning of what `packed` holds, as far as its first `packedBytes` say; otherwise like `unpackBytes`. */
export function unpackStart(packed: Uint8Array, packedBytes: number, maxBytes: number): Buffer | null {
  return inflate(packed.subarray(0, packedBytes), maxBytes, constants.Z_SYNC_FLUSH);
}

function inflate(packed: Uint8Array, maxBytes: number, finishFlush: number): Buffer | null {
  try {
    return inflateSync(packed, {
      // Node accepts no limit of 0; an empty block inflates to nothing.
      maxOutputLength: Math.max(1, maxBytes),
      chunkSize: Math.min(Math.max(MIN_PIECE_BYTES, maxBytes), MAX_PIECE_BYTES),
      finishFlush,
    });
  } catch {
    return null;
  }
}
