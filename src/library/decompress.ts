/**
 * Decompression of a recorded stream, wherever it was cut: pieces in, plain pieces out, with no regard for where
 * payloads end.
 *
 * Unlike an `Inflater` of wire/, which is told where messages end and answers for each, this may be given the
 * bytes of a whole connection at once. Source: RFC 1950; RFC 8878; Discord Docs/Gateway.
 */
import { inflateSync } from 'node:zlib';
import { UsageError } from '../errors.js';
import { ZlibInflate } from '../wire/zlib/inflate.js';
import { ZstdCorruption } from '../wire/zstd/bits.js';
import { ZstdDecoder } from '../wire/zstd/decoder.js';

/** Compressions that can be undone without a connection; `zlib` is one buffer for each payload. */
export type RecordedCompression = 'none' | 'zlib-stream' | 'zstd-stream' | 'zlib';

/** Decompressor of one stream. Its methods throw a UsageError for broken data, after the plain bytes before it. */
export interface Decompressor {
  push(bytes: Uint8Array): Iterable<Uint8Array>;
  end(): Iterable<Uint8Array>;
}

/** New decompressor at the start of a stream. */
export function openDecompressor(compress: RecordedCompression): Decompressor {
  switch (compress) {
    case 'none':
      return { push: (bytes) => [bytes], end: () => [] };
    case 'zlib-stream':
      return zlibStream();
    case 'zstd-stream':
      return zstdStream();
    case 'zlib':
      return zlibBuffers();
  }
}

/** Compressed bytes that are looked at together: what comes before them is out when they turn out broken. */
const PIECE_BYTES = 16 * 1024;

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

function broken(compress: RecordedCompression): UsageError {
  return new UsageError(
    `the input is not ${compress}, or broken`,
    'check compression, and how the bytes are given',
  );
}

function zlibStream(): Decompressor {
  const inflate = new ZlibInflate();
  return {
    *push(bytes) {
      for (const piece of piecesOf(bytes)) {
        const plain = inflate.push(piece);
        if (plain === null) throw broken('zlib-stream');
        yield plain;
      }
    },
    end: () => [],
  };
}

function zstdStream(): Decompressor {
  const plain: Uint8Array[] = [];
  const decoder = new ZstdDecoder((bytes) => plain.push(bytes));
  return {
    *push(bytes) {
      for (const piece of piecesOf(bytes)) {
        const isWhole = decodes(decoder, piece);
        yield* plain.splice(0);
        if (!isWhole) throw broken('zstd-stream');
      }
    },
    end: () => {
      if (!decoder.isAtBoundary) throw broken('zstd-stream');
      return [];
    },
  };
}

function decodes(decoder: ZstdDecoder, piece: Uint8Array): boolean {
  try {
    decoder.push(piece);
    return true;
  } catch (error) {
    if (error instanceof ZstdCorruption) return false;
    throw error;
  }
}

/** RFC 1950 buffers one behind the other; where one ends shows only when it is inflated, so all has to be there. */
function zlibBuffers(): Decompressor {
  const gathered: Uint8Array[] = [];
  return {
    push: (bytes) => {
      gathered.push(bytes);
      return [];
    },
    *end() {
      let rest: Uint8Array = Buffer.concat(gathered);
      while (rest.length > 0) {
        const { plain, byteCount } = inflateFront(rest);
        yield plain;
        rest = rest.subarray(byteCount);
      }
    },
  };
}

function inflateFront(bytes: Uint8Array): { plain: Uint8Array; byteCount: number } {
  try {
    // With `info` the result also has the engine, which its types do not say.
    const { buffer, engine } = inflateSync(bytes, { info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { plain: buffer, byteCount: engine.bytesWritten };
  } catch {
    throw broken('zlib');
  }
}
