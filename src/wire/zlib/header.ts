/**
 * Header of an RFC 1950 stream: two bytes, which are tested by the rules of the RFC and never by equality.
 *
 * Discord sent `78 9c` and `78 da`; other levels write `78 01` and `78 5e`, and smaller windows another first byte. JSON,
 * ETF and zstd begin with none of them. Source: RFC 1950 section 2.2.
 */

/** Header of a stream with the largest window, which any stream's blocks may follow; what Discord sends mostly. */
export const ZLIB_HEADER: Uint8Array = Uint8Array.of(0x78, 0x9c);

const HAS_DICTIONARY = 0x20;

/** Whether a stream can begin with this byte: deflate, with a window of at most 32 KiB. */
export function canStartZlib(first: number | undefined): boolean {
  return first !== undefined && (first & 0x8f) === 8;
}

/** Whether bytes begin with a header that is valid, and needs no preset dictionary. */
export function hasZlibHeader({ 0: method = 0, 1: flags = 0 }: ArrayLike<number>): boolean {
  return canStartZlib(method) && (flags & HAS_DICTIONARY) === 0 && (method * 256 + flags) % 31 === 0;
}
