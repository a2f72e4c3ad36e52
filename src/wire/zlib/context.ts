/**
 * Choice of the inflater of a `zlib-stream`: zlib-sync if its addon is built, otherwise our own.
 *
 * zlib-sync is zlib itself: 2.5 times as fast on the gateway's messages. But it never frees a context (about 40 KiB),
 * so a process uses it for a bounded number of connections; later ones use our own inflater. Both pass the same tests.
 * Source: zlib-sync README and src/zlib_sync.cc 0.1.10, which has no inflateEnd.
 */
import { NO_BYTES } from '../no-bytes.js';
import { createRequire } from 'node:module';
import { BOUNDS } from '../bounds.js';
import type { ZlibContext } from '../inflated.js';
import { RawInflate } from './raw.js';
import { hasZlibHeader } from './header.js';

/** Part of zlib-sync that is used here; its own types exist only where the optional package does. */
interface ZlibSync {
  readonly Inflate: new (options: { readonly chunkSize: number }) => {
    readonly err: number;
    /** A copy of the output of the last push; null after an error. */
    readonly result: Uint8Array | null;
    push(piece: Uint8Array, flush: number): void;
  };
  readonly Z_OK: number;
  readonly Z_BUF_ERROR: number;
  readonly Z_SYNC_FLUSH: number;
}

/**
 * Output buffer of a context, which grows with the longest output of one push and never shrinks: enough for nearly all
 * dispatches. The default of 16 KiB would add half again to the memory of an idle connection.
 */
const OUTPUT_BYTES = 2048;
/** Longest piece for one push, normally and while all buffers together are large. */
const PIECE_BYTES = 16 * 1024;
const SMALL_PIECE_BYTES = 64;

/**
 * Contexts that were opened. They must not be garbage-collected: built against Node 24.21, the addon's destructor
 * aborts the process when the collector runs it (store/sqlite.ts says why). zlib's memory would not be freed anyway.
 */
const held: object[] = [];

let zlibSync: ZlibSync | null | undefined;
let openedZlibSyncContexts = 0;
/** Bytes of all output buffers, which grow with the longest output of a piece. */
let zlibSyncBytes = 0;

/** New context for one connection. */
export function openZlibContext(): ZlibContext {
  if (openedZlibSyncContexts >= BOUNDS.zlibSyncContexts) return new ZlibInflate();
  openedZlibSyncContexts += 1;
  return openZlibSyncContext() ?? new ZlibInflate();
}

/** New context of zlib-sync, or null if the optional package is missing or its addon does not load. */
export function openZlibSyncContext(): ZlibContext | null {
  zlibSync ??= loadZlibSync();
  if (zlibSync === null) return null;
  const { Inflate, Z_OK, Z_BUF_ERROR, Z_SYNC_FLUSH } = zlibSync;
  const inflate = new Inflate({ chunkSize: OUTPUT_BYTES });
  held.push(inflate);
  let bufferBytes = OUTPUT_BYTES;
  return {
    push(piece) {
      // Always with Z_SYNC_FLUSH: without it zlib-sync keeps the output in a buffer that it may shrink.
      inflate.push(piece, Z_SYNC_FLUSH);
      if (inflate.err !== Z_OK) return inflate.err === Z_BUF_ERROR ? NO_BYTES : null;
      const { result } = inflate;
      if (result !== null && result.length > bufferBytes) {
        zlibSyncBytes += result.length - bufferBytes;
        bufferBytes = result.length;
      }
      return result;
    },
    get pieceBytes() {
      return zlibSyncBytes > BOUNDS.zlibSyncBytes ? SMALL_PIECE_BYTES : PIECE_BYTES;
    },
  };
}

function loadZlibSync(): ZlibSync | null {
  try {
    return createRequire(import.meta.url)('zlib-sync') as ZlibSync;
  } catch {
    return null;
  }
}

const HEADER_BYTES = 2;

/**
 * Inflates an RFC 1950 stream piece by piece and synchronously, which node:zlib cannot do with a persistent context: a
 * header (section 2.2), then deflate. The checksum at the end is never reached, because the gateway's streams have no
 * end.
 */
export class ZlibInflate implements ZlibContext {
  readonly #inflate = new RawInflate();
  readonly pieceBytes = PIECE_BYTES;
  readonly #header: number[] = [];

  /**
   * Inflates the next bytes of the stream as far as they go; the result is the caller's. Returns null if the data is
   * broken; the inflater is unusable afterwards.
   */
  push(piece: Uint8Array): Uint8Array | null {
    const header = this.#header;
    if (header.length === HEADER_BYTES) return this.#inflate.push(piece);
    const missing = HEADER_BYTES - header.length;
    header.push(...piece.subarray(0, missing));
    if (header.length < HEADER_BYTES) return NO_BYTES;
    return hasZlibHeader(header) ? this.#inflate.push(piece.subarray(missing)) : null;
  }

  /** Ends the stream and releases its buffer for the next one. */
  close(): void {
    this.#inflate.close();
  }
}
