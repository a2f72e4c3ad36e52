/**
 * Bits of zstd's entropy-coded parts, and the one way in which they can be wrong.
 *
 * Bit positions count from the start of the buffer, the lowest bit of each byte first. Most streams are read
 * backwards, from a position that `lastBit` finds down to their start. Buffers must be padded with
 * `PADDING_BYTES` behind the data, because reads take four bytes at once.
 * Source: RFC 8878 section 4.1, "FSE"; section 4.2.2, "Huffman-Coded Streams".
 */

/** Bytes that must be readable behind the last one of the data. */
export const PADDING_BYTES = 4;

/** Thrown when data is not valid zstd; caught where a message is pushed, and never seen outside wire/. */
export class ZstdCorruption extends Error {}

/** Throws, for conditions that valid data meets. */
export function corrupt(what: string): never {
  throw new ZstdCorruption(what);
}

/** `count` bits, at most 25, that start at the bit position `at`. */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const i = at >> 3;
  const low = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16);
  return ((low | ((bytes[i + 3] ?? 0) << 24)) >>> (at & 7)) & ((1 << count) - 1);
}

/** Position of the highest bit set in `value`, which is not 0. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** Position at which the backward stream in the bytes from `start` to `end` begins: that of its last bit set. */
export function lastBit(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start ? (bytes[end - 1] ?? 0) : 0;
  return last === 0 ? corrupt('backward stream without an end mark') : (end - 1) * 8 + highestBit(last);
}
