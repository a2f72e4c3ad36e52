/**
 * Packed bodies: payloads and bytes that `compact` has compressed in blocks of hundreds. How they are read as unpacked:
 * packed-functions.ts.
 *
 * Other tools see them as zlib data (RFC 1950); in Python: `zlib.decompress(bytes)[at_byte:at_byte + body_bytes]`.
 */
import { unpackBytes } from '../wire/packed-bytes.js';

/** A kind of packed body: a column of a table. */
export interface BodyKind {
  readonly table: string;
  readonly column: string;
  /** Table with the block of each packed body, and its place in the block. */
  readonly packed: string;
  /** SQL function that takes one out of a block; with `_kept`, out of the block that was unpacked last, or null. */
  readonly unpack: string;
  /** Type of the column. */
  readonly type: 'TEXT' | 'BLOB';
}

/** JSON text of payloads. */
export const PAYLOADS: BodyKind = {
  table: 'payload',
  column: 'body',
  packed: 'packed_payload',
  unpack: 'packed_body',
  type: 'TEXT',
};

/** Bytes of frames, documents in ETF above all. */
export const FRAME_BYTES: BodyKind = {
  table: 'frame_bytes',
  column: 'bytes',
  packed: 'packed_frame_bytes',
  unpack: 'packed_bytes',
  type: 'BLOB',
};

/** All that is packed, each into blocks of its own. */
export const BODY_KINDS: readonly BodyKind[] = [PAYLOADS, FRAME_BYTES];

/** Plain bytes of a block at most. `compact` ends one at 512 KiB, or after the one body that takes it beyond. */
export const MAX_PACKED_BLOCK_BYTES = 256 * 1024 * 1024;

/** Bodies of a block whose row names `bodyBytes` as their size; null if the block holds anything else. */
export function unpackBlock(bytes: Uint8Array, bodyBytes: number): Uint8Array | null {
  if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > MAX_PACKED_BLOCK_BYTES) return null;
  const bodies = unpackBytes(bytes, bodyBytes);
  return bodies?.length === bodyBytes ? bodies : null;
}
