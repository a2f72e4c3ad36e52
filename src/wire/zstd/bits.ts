/**
 * Shared by the parts of the zstd decoder: its errors, and the start of backward streams.
 *
 * Source: RFC 8878 section 4.1, "FSE"; section 4.2.2, "Huffman-Coded Streams".
 */
import { highestBit } from '../bits.js';

/** Thrown when data is not valid zstd; caught in the push of a message, so it never leaves wire/. */
export class ZstdCorruption extends Error {}

/** Thrown when the budget of work is used up; caught in the same place. */
export class ZstdOverBudget extends Error {}

/** Throws unless a condition of valid data holds. */
export function corrupt(what: string): never {
  throw new ZstdCorruption(what);
}

/** Position at which the backward stream in the bytes from `start` to `end` begins: that of its last bit set. */
export function lastBit(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start ? (bytes[end - 1] ?? 0) : 0;
  return last === 0 ? corrupt('backward stream without an end mark') : (end - 1) * 8 + highestBit(last);
}
