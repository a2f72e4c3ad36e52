/**
 * Choice of the inflater of a `zlib-stream`: zlib itself where this version of Node lends it, otherwise our own, which
 * takes 2.5 times as long on the gateway's messages. Both pass the same tests.
 */
import type { ZlibContext } from '../inflated.js';
import { NO_BYTES } from '../no-bytes.js';
import { hasZlibHeader } from './header.js';
import { hasNodeInflate, NodeInflate } from './node-inflate.js';
import { RawInflate } from './raw.js';

const HEADER_BYTES = 2;

/** New context for one connection. */
export function openZlibContext(): ZlibContext {
  return hasNodeInflate() ? new NodeInflate() : new ZlibInflate();
}

/**
 * Inflates an RFC 1950 stream piece by piece and synchronously: a header (section 2.2), then deflate. The checksum at
 * the end is never reached, because the gateway's streams have no end.
 */
export class ZlibInflate implements ZlibContext {
  readonly #inflate = new RawInflate();
  readonly #header: number[] = [];

  push(piece: Uint8Array): Uint8Array | null {
    const header = this.#header;
    if (header.length === HEADER_BYTES) return this.#inflate.push(piece);
    const missing = HEADER_BYTES - header.length;
    header.push(...piece.subarray(0, missing));
    if (header.length < HEADER_BYTES) return NO_BYTES;
    return hasZlibHeader(header) ? this.#inflate.push(piece.subarray(missing)) : null;
  }

  close(): void {
    this.#inflate.close();
  }
}
