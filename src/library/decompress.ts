/**
 * Decompression of a recorded stream, cut anywhere: pieces in, plain pieces out, without regard to payload
 * boundaries.
 *
 * An `Inflater` of wire/ gets message boundaries and answers for each message; this accepts the
 * bytes of a whole connection at once. Source: RFC 1950; RFC 8878; Discord Docs/Gateway.
 */
import { hasZstdMagic } from '../wire/zstd/frame-header.js';
import { inflateSync } from 'node:zlib';
import { errorCode, UsageError } from '../errors.js';
import { ETF_VERSION } from '../wire/etf/reader.js';
import { ZlibInflate } from '../wire/zlib/context.js';
import { ZstdCorruption } from '../wire/zstd/bits.js';
import { ZstdDecoder } from '../wire/zstd/decoder.js';
import { hasZlibHeader } from '../wire/zlib/header.js';

/** Compressions that can be decoded without a connection; `zlib` is one buffer for each payload. */
export type RecordedCompression = 'none' | 'zlib-stream' | 'zstd-stream' | 'zlib';

/** Decompressor of one stream. Its methods throw a UsageError for broken data, after the plain bytes before it. */
export interface Decompressor {
  push(bytes: Uint8Array): Iterable<Uint8Array>;
  end(): Iterable<Uint8Array>;
  /** Hint for broken data if the stream looks like another compression; otherwise null. */
  hint(): string | null;
}

type Inflating = Omit<Decompressor, 'hint'>;

const DECOMPRESSORS: Readonly<Record<RecordedCompression, (broken: Broken) => Inflating>> = {
  none: () => ({ push: (bytes) => [bytes], end: () => [] }),
  'zlib-stream': zlibStream,
  'zstd-stream': zstdStream,
  zlib: zlibBuffers,
};

/** Makes the error for data that is not such a stream. */
type Broken = () => UsageError;

/** New decompressor at the start of a stream. */
export function openDecompressor(compress: RecordedCompression): Decompressor {
  let head: Uint8Array = new Uint8Array(0);
  const hint = (): string | null => suggestCompression(compress, head);
  const inflating = DECOMPRESSORS[compress](
    () =>
      new UsageError(
        `the input is not ${compress}, or broken`,
        hint() ?? 'check compression, and how the bytes are given',
      ),
  );
  return {
    push: (bytes) => {
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, bytes.subarray(0, HEAD_BYTES)]);
      return inflating.push(bytes);
    },
    end: () => inflating.end(),
    hint,
  };
}

/** Number of bytes that identify a compression. */
const HEAD_BYTES = 4;
const SPACES = ' \t\r\n';

function suggestCompression(compress: RecordedCompression, head: Uint8Array): string | null {
  const other = detectCompression(head);
  if (other === null || other === compress) return null;
  // Both begin alike; only a stream continues after the first buffer.
  if (other === 'zlib-stream' && compress === 'zlib') {
    return 'if the messages are parts of one stream, name it with --compress zlib-stream';
  }
  return `it begins like ${other}: name it with --compress ${other}`;
}

function detectCompression(head: Uint8Array): RecordedCompression | null {
  const bytes = Buffer.from(head);
  if (bytes.length < 2) return null;
  if (hasZstdMagic(bytes)) return 'zstd-stream';
  const first = bytes.readUInt8(0);
  if (hasZlibHeader(bytes)) return 'zlib-stream';
  return first === ETF_VERSION || `{[${SPACES}`.includes(String.fromCharCode(first)) ? 'none' : null;
}

/** Compressed bytes per step: the bytes before them are output before an error in them is thrown. */
const PIECE_BYTES = 16 * 1024;
/** The same for zstd, which packs 128 KiB of one byte into four: at most this many blocks are held at a time. */
const ZSTD_PIECE_BYTES = 4 * 1024;
/** Limit of one plain buffer, in bytes. */
const MAX_BUFFER_BYTES = 128 * 2 ** 20;

function* splitPieces(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

function zlibStream(broken: Broken): Inflating {
  const inflate = new ZlibInflate();
  return {
    *push(bytes) {
      for (const piece of splitPieces(bytes, PIECE_BYTES)) {
        const plain = inflate.push(piece);
        if (plain === null) throw broken();
        yield plain;
      }
    },
    end: () => [],
  };
}

function zstdStream(broken: Broken): Inflating {
  const plain: Uint8Array[] = [];
  const decoder = new ZstdDecoder((bytes) => plain.push(bytes));
  return {
    *push(bytes) {
      for (const piece of splitPieces(bytes, ZSTD_PIECE_BYTES)) {
        const isWhole = decodes(decoder, piece);
        yield* plain.splice(0);
        if (!isWhole) throw broken();
      }
    },
    end: () => {
      if (!decoder.isAtBoundary) throw broken();
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

/** Consecutive RFC 1950 buffers. The end of one is known only after inflating, so all bytes must be present. */
function zlibBuffers(broken: Broken): Inflating {
  const gathered: Uint8Array[] = [];
  return {
    push: (bytes) => {
      gathered.push(bytes);
      return [];
    },
    *end() {
      let rest: Uint8Array = Buffer.concat(gathered);
      while (rest.length > 0) {
        const { plain, byteCount } = inflateFront(rest, broken);
        yield plain;
        rest = rest.subarray(byteCount);
      }
    },
  };
}

function inflateFront(bytes: Uint8Array, broken: Broken): { plain: Uint8Array; byteCount: number } {
  try {
    const options = { info: true, maxOutputLength: MAX_BUFFER_BYTES };
    // With `info` the result also has the engine, which its types omit.
    const { buffer, engine } = inflateSync(bytes, options) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { plain: buffer, byteCount: engine.bytesWritten };
  } catch (error) {
    if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE') throw broken();
    throw new UsageError(
      `a buffer of the input inflates to more than ${MAX_BUFFER_BYTES / 2 ** 20} MiB`,
      'no gateway sends as much: check where it comes from',
    );
  }
}
