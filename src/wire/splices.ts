/** Splices: replaces parts of a text, in bytes, and leaves all others as they are. */

/** Replacement of a part of a text; positions in bytes, the end exclusive. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Bytes of a UTF-16 unit in UTF-8, at most. */
const MAX_UTF8_BYTES = 3;

/**
 * `bytes` with the splices applied; of two that overlap the text of the one that starts first, or is longer, replaces
 * both.
 */
export function applySplices(bytes: Uint8Array, splices: Splice[]): Uint8Array {
  splices.sort((a, b) => a.start - b.start || b.end - a.end);
  // Written into one buffer: a view and a buffer for each piece cost more than the bytes.
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const longest = splices.reduce((sum, { text }) => sum + MAX_UTF8_BYTES * text.length, bytes.length);
  const spliced = Buffer.allocUnsafe(longest);
  let size = 0;
  let at = 0;
  for (const { start, end, text } of splices) {
    if (start >= at) {
      size += source.copy(spliced, size, at, start);
      size += spliced.write(text, size);
    }
    at = Math.max(at, end);
  }
  size += source.copy(spliced, size, at);
  return spliced.subarray(0, size);
}
