/**
 * Decoding without a connection: recorded bytes in, payloads out.
 *
 *   bytes ─► decompress.ts ─► split ─► JSON text
 *
 * Bytes need not be cut at message boundaries: the gateway's bytes of one connection can come as one piece, or in
 * any pieces. Undecodable bytes are a UsageError here, because they come from the user and not from a peer.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */
import { NO_BYTES } from '../wire/no-bytes.js';
import { isUtf8 } from 'node:buffer';
import { UsageError } from '../errors.js';
import { requireUtf8 } from '../files.js';
import { toPayload, type JsonValue, type Payload } from '../gateway/payload.js';
import { BOUNDS } from '../wire/bounds.js';
import { decodeEtf, type EtfResult } from '../wire/etf/decode.js';
import { ETF_TAG, ETF_VERSION } from '../wire/etf/reader.js';
import { joinLines, skipSpace, skipValue, TOO_DEEP } from '../wire/json/grammar.js';
import { openDecompressor, type Decompressor, type RecordedCompression } from './decompress.js';

/** Format of the bytes. */
export interface DecodeOptions {
  /** Default json. */
  readonly encoding?: RecordedEncoding;
  /** `zlib`: each payload compressed by itself. Default none. */
  readonly compress?: RecordedCompression;
  /**
   * Bytes that the input may inflate to, whatever its length; each payload counts 64 besides. Default 64 MiB, and more
   * for long inputs: 256 times their length.
   */
  readonly maxOutputBytes?: number;
}

/** Encodings that can be decoded. */
export type RecordedEncoding = 'json' | 'etf';

/** One decoded payload. */
export class DecodedText {
  /** JSON text on one line: unchanged, or the projection of an ETF document. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Its value, parsed again each time; integers beyond ±2^53 lose digits that the text has. */
  get value(): JsonValue {
    return JSON.parse(this.text) as JsonValue;
  }

  /** Its value as a gateway payload, or null if it is not an object with an integer `op`. */
  get payload(): Payload | null {
    return toPayload(this.value);
  }
}

/** Payload at a position in some bytes; it can be incomplete. */
type Front = Complete | { readonly state: 'unfinished' } | { readonly state: 'broken'; readonly why: string };

interface Complete {
  readonly state: 'complete';
  /** JSON text. */
  readonly json: string;
  /** Position of the byte after it. */
  readonly end: number;
}

const FRONTS = { json: jsonFront, etf: etfFront } as const;
const LIMITS = { maxPayloadBytes: BOUNDS.decodePayload };
const MAX_PAYLOAD_MIB = BOUNDS.decodePayload / 2 ** 20;
const MAX_RATIO = BOUNDS.decodeRatio;
/**
 * Limit of the average number of times that each byte is scanned. An incomplete payload is scanned again when more of
 * it has arrived; with many small pieces some of them wait for the next.
 */
const LOOKS = 4;

/** Decoder of one recorded stream, fed piece by piece; its time is linear in the bytes. */
export class RecordedDecoder {
  readonly #encoding: RecordedEncoding;
  readonly #decompressor: Decompressor;
  /** Unchanged bytes of the next payload. */
  readonly #pieces: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Plain bytes that may still be scanned. */
  #budgetBytes = 0;
  #inputBytes = 0;
  /** Plain bytes so far, and as many as the payloads cost besides. */
  #spentBytes = 0;
  readonly #maxOutputBytes: number;
  #count = 0;

  constructor(options: DecodeOptions = {}) {
    const { encoding = 'json', compress = 'none', maxOutputBytes = BOUNDS.decodeBase } = options;
    this.#encoding = encoding;
    this.#maxOutputBytes = maxOutputBytes;
    this.#decompressor = openDecompressor(compress);
  }

  /** Budget for the input so far. */
  get #grantBytes(): number {
    return Math.max(this.#maxOutputBytes, MAX_RATIO * this.#inputBytes);
  }

  /** Payloads that these bytes complete. Throws a UsageError, after the payloads before it, for undecodable bytes. */
  *push(bytes: Uint8Array): Generator<DecodedText, void> {
    if (this.#inputBytes === 0) requireUtf8(bytes, 'the input');
    this.#inputBytes += bytes.length;
    for (const piece of this.#decompressor.push(bytes)) yield* this.#take(piece);
  }

  /** Payloads that the end completes. Throws a UsageError if bytes are left over. */
  *end(): Generator<DecodedText, void> {
    for (const piece of this.#decompressor.end()) yield* this.#take(piece);
    // A number ends only here, as more digits could have followed.
    if (this.#encoding === 'json' && this.#pendingBytes > 0) this.#keep(Buffer.from(' '));
    yield* this.#split();
    if (this.#pendingBytes > 0) throw this.#failure(`cut off, or not ${this.#encoding.toUpperCase()}`);
  }

  *#take(piece: Uint8Array): Generator<DecodedText, void> {
    this.#keep(piece);
    this.#spend(piece.length);
    this.#budgetBytes += LOOKS * piece.length;
    if (this.#pendingBytes <= this.#budgetBytes) yield* this.#split();
    if (this.#pendingBytes > LIMITS.maxPayloadBytes) {
      throw this.#failure(`larger than ${MAX_PAYLOAD_MIB} MiB`);
    }
  }

  *#split(): Generator<DecodedText, void> {
    const bytes = this.#taken();
    const isJson = this.#encoding === 'json';
    // The last character of a piece may be cut off; then each payload is checked by itself.
    const isText = isJson && isUtf8(bytes);
    let at = 0;
    for (;;) {
      if (isJson) at = skipSpace(bytes, at);
      if (at >= bytes.length) break;
      const front = FRONTS[this.#encoding](bytes, at, isText);
      this.#budgetBytes -= front.state === 'complete' ? front.end - at : costOfLook(bytes, at);
      if (front.state === 'broken') throw this.#failure(front.why, bytes.subarray(at));
      if (front.state === 'unfinished') break;
      at = front.end;
      this.#countPayload();
      yield new DecodedText(joinLines(front.json));
    }
    this.#keep(bytes.subarray(at));
  }

  /** Counts a payload, and what it costs besides its bytes. */
  #countPayload(): void {
    this.#count += 1;
    this.#spend(BOUNDS.decodeEach);
  }

  #spend(bytes: number): void {
    this.#spentBytes += bytes;
    if (this.#spentBytes <= this.#grantBytes) return;
    throw new UsageError(
      `payload ${this.#count + 1} of the input is part of a stream that inflates to more than ${MAX_RATIO} times its size`,
      `where you trust it, allow more with --max-output (maxOutputBytes); a gateway sends 5 to 20 times as much`,
    );
  }

  #taken(): Buffer {
    const pieces = this.#pieces.splice(0);
    this.#pendingBytes = 0;
    const [first = NO_BYTES] = pieces;
    if (pieces.length > 1) return Buffer.concat(pieces);
    return Buffer.from(first.buffer, first.byteOffset, first.length);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length > 0) this.#pieces.push(piece);
    this.#pendingBytes += piece.length;
  }

  #failure(why: string, [first] = this.#pieces[0] ?? NO_BYTES): UsageError {
    const other = this.#encoding === 'json' ? 'etf' : 'json';
    const hint =
      this.#decompressor.hint() ??
      (first !== undefined && BEGINNINGS[other].includes(first)
        ? `it begins like ${other}: name it with --encoding ${other}`
        : null);
    return new UsageError(
      `payload ${this.#count + 1} of the input is ${why}`,
      hint ?? 'check encoding and compression, and whether all of the input is there',
    );
  }
}

/** First bytes of payloads. */
const BEGINNINGS: Readonly<Record<RecordedEncoding, readonly number[]>> = {
  json: [0x7b],
  etf: [ETF_VERSION],
};

/** Bytes to scan if the first payload is incomplete; a COMPRESSED term is inflated as far as possible. */
function costOfLook(bytes: Uint8Array, at: number): number {
  const isCompressed = bytes[at] === ETF_VERSION && bytes[at + 1] === ETF_TAG.COMPRESSED;
  return bytes.length - at + (isCompressed ? LIMITS.maxPayloadBytes : 0);
}

/**
 * Payloads in recorded bytes, in one piece or several. Throws a UsageError if some of it cannot be decoded; the
 * payloads before it were yielded by then.
 */
export function* decodePayloads(
  bytes: Uint8Array | Iterable<Uint8Array>,
  options: DecodeOptions = {},
): Generator<DecodedText, void> {
  const decoder = new RecordedDecoder(options);
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) yield* decoder.push(piece);
  yield* decoder.end();
}

function jsonFront(bytes: Buffer, at: number, isText: boolean): Front {
  const end = skipValue(bytes, at, null);
  if (end === TOO_DEEP) return { state: 'broken', why: 'nested too deeply' };
  // Invalid JSON can be the start of a valid text.
  if (end < 0 || (end === bytes.length && !isClosed(bytes))) return { state: 'unfinished' };
  if (!isText && !isUtf8(bytes.subarray(at, end))) return { state: 'broken', why: 'not UTF-8' };
  return { state: 'complete', json: bytes.toString('utf8', at, end), end };
}

/** Whether a JSON text that ends with `bytes` is complete; a number could continue. */
function isClosed(bytes: Uint8Array): boolean {
  return '}]"'.includes(String.fromCharCode(bytes.at(-1) ?? 0));
}

function etfFront(bytes: Buffer, at: number): Front {
  const result: EtfResult = decodeEtf(bytes.subarray(at), LIMITS);
  if (result.ok) {
    return { state: 'complete', json: Buffer.from(result.json).toString(), end: at + result.byteCount };
  }
  // An incomplete COMPRESSED term looks the same as a broken one.
  const isPerhapsCut = result.reason === 'truncated' || result.reason === 'bad_compressed';
  return isPerhapsCut ? { state: 'unfinished' } : { state: 'broken', why: `not ETF (${result.reason})` };
}
