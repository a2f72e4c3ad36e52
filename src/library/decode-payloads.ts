/**
 * Decoding without a connection: recorded bytes in, payloads out.
 *
 *   bytes ─► decompress.ts ─► split ─► JSON text
 *
 * Bytes need not be cut at message boundaries: the gateway's bytes of one connection can come as one piece, or in
 * any pieces. Undecodable bytes are a UsageError here, because they come from the user and not from a peer.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */
import { isUtf8 } from 'node:buffer';
import { UsageError } from '../errors.js';
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

/** Payload at the start of some bytes; it can be incomplete. */
type Front = Complete | { readonly state: 'unfinished' } | { readonly state: 'broken'; readonly why: string };

interface Complete {
  readonly state: 'complete';
  /** JSON, in UTF-8. */
  readonly json: Uint8Array;
  /** Number of bytes that it occupies. */
  readonly end: number;
}

const FRONTS = { json: jsonFront, etf: etfFront } as const;
const NOTHING = new Uint8Array(0);
const LIMITS = { maxPayloadBytes: BOUNDS.decodePayload };
const MAX_PAYLOAD_MIB = BOUNDS.decodePayload / 2 ** 20;
const MAX_RATIO = BOUNDS.decodeRatio;
const FREE_BYTES = BOUNDS.decodeBase;
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
  #plainBytes = 0;
  #count = 0;

  constructor({ encoding = 'json', compress = 'none' }: DecodeOptions = {}) {
    this.#encoding = encoding;
    this.#decompressor = openDecompressor(compress);
  }

  /** Payloads that these bytes complete. Throws a UsageError, after the payloads before it, for undecodable bytes. */
  *push(bytes: Uint8Array): Generator<DecodedText, void> {
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
    this.#plainBytes += piece.length;
    if (this.#plainBytes > Math.max(FREE_BYTES, MAX_RATIO * this.#inputBytes)) {
      throw this.#failure(`part of a stream that inflates to more than ${MAX_RATIO} times its size`);
    }
    this.#budgetBytes += LOOKS * piece.length;
    if (this.#pendingBytes <= this.#budgetBytes) yield* this.#split();
    if (this.#pendingBytes > LIMITS.maxPayloadBytes) {
      throw this.#failure(`larger than ${MAX_PAYLOAD_MIB} MiB`);
    }
  }

  *#split(): Generator<DecodedText, void> {
    let rest = this.#taken();
    for (;;) {
      if (this.#encoding === 'json') rest = rest.subarray(skipSpace(rest, 0));
      if (rest.length === 0) break;
      const front = FRONTS[this.#encoding](rest);
      this.#budgetBytes -= front.state === 'complete' ? front.end : costOfLook(rest);
      if (front.state === 'broken') throw this.#failure(front.why, rest);
      if (front.state === 'unfinished') break;
      rest = rest.subarray(front.end);
      this.#count += 1;
      yield new DecodedText(joinLines(Buffer.from(front.json).toString()));
    }
    this.#keep(rest);
  }

  #taken(): Uint8Array {
    const pieces = this.#pieces.splice(0);
    this.#pendingBytes = 0;
    const [first = NOTHING] = pieces;
    return pieces.length <= 1 ? first : Buffer.concat(pieces);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length > 0) this.#pieces.push(piece);
    this.#pendingBytes += piece.length;
  }

  #failure(why: string, [first] = this.#pieces[0] ?? NOTHING): UsageError {
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
function costOfLook(bytes: Uint8Array): number {
  const isCompressed = bytes[0] === ETF_VERSION && bytes[1] === ETF_TAG.COMPRESSED;
  return bytes.length + (isCompressed ? LIMITS.maxPayloadBytes : 0);
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

function jsonFront(bytes: Uint8Array): Front {
  const end = skipValue(bytes, 0, null);
  if (end === TOO_DEEP) return { state: 'broken', why: 'nested too deeply' };
  // Invalid JSON can be the start of a valid text.
  if (end < 0 || (end === bytes.length && !isClosed(bytes))) return { state: 'unfinished' };
  const json = bytes.subarray(0, end);
  return isUtf8(json) ? { state: 'complete', json, end } : { state: 'broken', why: 'not UTF-8' };
}

/** Whether a JSON text that ends with `bytes` is complete; a number could continue. */
function isClosed(bytes: Uint8Array): boolean {
  return '}]"'.includes(String.fromCharCode(bytes.at(-1) ?? 0));
}

function etfFront(bytes: Uint8Array): Front {
  const result: EtfResult = decodeEtf(bytes, LIMITS);
  if (result.ok) return { state: 'complete', json: result.json, end: result.byteCount };
  // An incomplete COMPRESSED term looks the same as a broken one.
  const isPerhapsCut = result.reason === 'truncated' || result.reason === 'bad_compressed';
  return isPerhapsCut ? { state: 'unfinished' } : { state: 'broken', why: `not ETF (${result.reason})` };
}
