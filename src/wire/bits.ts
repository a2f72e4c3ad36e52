/**
 * Bits of compressed data, the lowest of each byte first; deflate and zstd both pack them so.
 *
 * Positions count bits from the start of a buffer. Reads take four bytes at once, so a buffer needs padding after its
 * data: `paddedInput` adds it. Source: RFC 1951 section 3.1.1; RFC 8878 section 4.1.
 */

/** Padding after the data, in bytes. */
const PADDING_BYTES = 4;
const FIRST_BYTES = 64 * 1024;
/** Longest buffer that is reused for the next input. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Shared: decompressors are synchronous. */
let input = Buffer.allocUnsafeSlow(FIRST_BYTES);

/** Buffer that starts with `rest` and `bytes` and is padded; valid until the next call. */
export function paddedInput(rest: Uint8Array, bytes: Uint8Array): Buffer {
  const end = rest.length + bytes.length;
  const needed = end + PADDING_BYTES;
  if (input.length < needed || input.length > Math.max(needed, MAX_KEPT_BYTES)) {
    input = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_BYTES));
  }
  if (rest.length > 0) input.set(rest);
  input.set(bytes, rest.length);
  input.writeInt32LE(0, end);
  return input;
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
