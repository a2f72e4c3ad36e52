/**
 * Decompression contexts of RFC 1950 streams, fed piece by piece and synchronously.
 *
 * node:zlib has no synchronous call that keeps a context, so there are two implementations: zlib-sync, zlib
 * itself, where its addon was built, and one in TypeScript everywhere else. Both pass the same tests with node:zlib
 * as the referee. What they do not do: find the ends of payloads, or bound the output of one piece.
 * Source: RFC 1950 section 2.2; zlib-sync README and src/zlib_sync.cc 0.1.10.
 */
import { createRequire } from 'node:module';
import { RawInflate } from './inflate-raw.js';

/** State of one compressed stream. */
export interface ZlibContext {
  /**
   * Inflates the next bytes of the stream as far as they go; the result belongs to the caller.
   * Null when the data is broken or the stream has ended, after which the context is of no more use.
   */
  push(piece: Uint8Array): Uint8Array | null;
}

/** Part of zlib-sync that is used here; its own types exist only where the optional package does. */
interface ZlibSync {
  readonly Inflate: new () => ZlibSyncInflate;
  readonly Z_OK: number;
  readonly Z_BUF_ERROR: number;
  readonly Z_SYNC_FLUSH: number;
}

interface ZlibSyncInflate {
  readonly err: number;
  /** A copy of the output of the last push; null after an error. */
  readonly result: Uint8Array | null;
  push(piece: Uint8Array, flush: number): void;
}

const HEADER_BYTES = 2;
const NOTHING = new Uint8Array(0);
let zlibSync: ZlibSync | null | undefined;

/** New context of the fastest implementation that this installation has. */
export function openZlibContext(): ZlibContext {
  return openZlibSyncContext() ?? openOwnContext();
}

/** New context of zlib-sync, or null where the optional package is missing or its addon does not load. */
export function openZlibSyncContext(): ZlibContext | null {
  zlibSync ??= loadZlibSync();
  if (zlibSync === null) return null;
  const { Inflate, Z_OK, Z_BUF_ERROR, Z_SYNC_FLUSH } = zlibSync;
  const inflate = new Inflate();
  return {
    push(piece) {
      // Always with Z_SYNC_FLUSH: without it zlib-sync keeps the output in a buffer that it may shrink.
      inflate.push(piece, Z_SYNC_FLUSH);
      if (inflate.err === Z_OK) return inflate.result;
      return inflate.err === Z_BUF_ERROR ? NOTHING : null;
    },
  };
}

/** New context of our own inflater, which needs no addon. */
export function openOwnContext(): ZlibContext {
  const inflate = new RawInflate();
  const header: number[] = [];
  return {
    push(piece) {
      if (header.length === HEADER_BYTES) return inflate.push(piece);
      const missing = HEADER_BYTES - header.length;
      header.push(...piece.subarray(0, missing));
      if (header.length < HEADER_BYTES) return NOTHING;
      return isZlibHeader(header) ? inflate.push(piece.subarray(missing)) : null;
    },
  };
}

/** Header of RFC 1950: deflate, a window of at most 32 KiB, no preset dictionary, and a check on it all. */
function isZlibHeader([method = 0, flags = 0]: readonly number[]): boolean {
  return (
    (method & 0xf) === 8 && method >> 4 <= 7 && (flags & 0x20) === 0 && (method * 256 + flags) % 31 === 0
  );
}

function loadZlibSync(): ZlibSync | null {
  try {
    return createRequire(import.meta.url)('zlib-sync') as ZlibSync;
  } catch {
    return null;
  }
}
