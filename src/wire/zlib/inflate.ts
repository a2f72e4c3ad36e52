/**
 * Inflates an RFC 1950 stream piece by piece and synchronously, which node:zlib cannot do with a context that stays.
 *
 * A header, then deflate; the checksum at the end is never reached, because the gateway's streams have no end.
 * Source: RFC 1950 section 2.2.
 */
import type { ZlibContext } from '../inflated.js';
import { RawInflate } from './raw.js';

const HEADER_BYTES = 2;
const DEFLATE = 8;
/** Largest window, as its logarithm less 8. */
const MAX_WINDOW = 7;
const HAS_DICTIONARY = 0x20;
/** Longest piece that should be given at once: its output is in memory as a whole, up to 1,032 times as much. */
const PIECE_BYTES = 16 * 1024;
const NOTHING = new Uint8Array(0);

/** Inflater of one stream. */
export class ZlibInflate implements ZlibContext {
  readonly #inflate = new RawInflate();
  readonly pieceBytes = PIECE_BYTES;
  readonly #header: number[] = [];

  /**
   * Inflates the next bytes of the stream as far as they go; the result is the caller's. Null when the data is broken,
   * after which the inflater is of no more use.
   */
  push(piece: Uint8Array): Uint8Array | null {
    const header = this.#header;
    if (header.length === HEADER_BYTES) return this.#inflate.push(piece);
    const missing = HEADER_BYTES - header.length;
    header.push(...piece.subarray(0, missing));
    if (header.length < HEADER_BYTES) return NOTHING;
    return isZlibHeader(header) ? this.#inflate.push(piece.subarray(missing)) : null;
  }

  /** Ends the stream, and lets the next one have its memory. */
  close(): void {
    this.#inflate.close();
  }
}

/** Deflate with a window of at most 32 KiB, no preset dictionary, and a check on it all. */
function isZlibHeader([method = 0, flags = 0]: readonly number[]): boolean {
  const isDeflate = (method & 0xf) === DEFLATE && method >> 4 <= MAX_WINDOW;
  return isDeflate && (flags & HAS_DICTIONARY) === 0 && (method * 256 + flags) % 31 === 0;
}
