/**
 * Payload decoder: turns the frames of one sender into payloads, or into the reasons of failure.
 *
 * The first unpacked byte selects the encoding: 131 starts ETF, anything else must be JSON, in text and binary messages
 * alike. One message may hold several payloads and one payload may need several messages. ETF is decoded to its JSON
 * projection, and the original bytes are kept. Bytes on the wire: a message with several payloads counts for the first.
 * A payload that never completes ends as one more result, `truncated`, with the sum of its messages. So sums without
 * partial results are exact. Never throws, whatever the bytes are.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; erlang.org, External Term Format.
 */
import { isUtf8 } from 'node:buffer';
import { BOUNDS } from '../../wire/bounds.js';
import { decodeEtf } from '../../wire/etf/decode.js';
import { ETF_VERSION, type EtfError } from '../../wire/etf/reader.js';
import type { Frame } from '../../wire/frame.js';
import { scanEnvelope } from '../../wire/json/envelope.js';
import { hasTooManyValues, splitJson } from '../../wire/json/grammar.js';
import type { JsonKeys } from '../../wire/json/keys.js';
import { type Decoded, DecodedPayload, type DecodeFailure, type NoPayload } from './decoded.js';
import { Unpacker, type UnpackerOptions } from './unpacker.js';

/** Settings of a `PayloadDecoder`, by its connection. */
export interface PayloadDecoderOptions extends UnpackerOptions {
  /** Keys to look for in every payload; default: no keys. */
  readonly secretKeys?: JsonKeys | null;
}

/** Maximum number of payloads in one message; the bytes after them are one undecodable result. */
const MAX_PAYLOADS = BOUNDS.messagePayloads;
const TOO_MANY = { ok: false, reason: 'not_etf' } as const;
/** ETF faults that count as `too_complex`. */
const COMPLEX: ReadonlySet<string> = new Set(['too_deep', 'too_many', 'over_budget']);
/** Control characters that occur in text; the others indicate compressed bytes. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d]);
const FIRST_PRINTABLE = 0x20;
/** Longest incomplete UTF-8 character at a cut. */
const MAX_CUT_BYTES = 3;

/** Decoder of one sender's frames on one connection. */
export class PayloadDecoder {
  readonly #options: PayloadDecoderOptions;
  readonly #secretKeys: JsonKeys | null;
  readonly #unpacker: Unpacker;

  constructor(options: PayloadDecoderOptions) {
    this.#options = options;
    this.#secretKeys = options.secretKeys ?? null;
    this.#unpacker = new Unpacker(options);
  }

  /** Decodes the next frame; at least one result. `atUs`: its arrival by a clock of ours, or null. */
  push(frame: Frame, atUs: number | null = null): Decoded[] {
    if (frame.kind !== 'text' && frame.kind !== 'binary') return [controlFrame(frame)];
    const unpacked = this.#unpacker.push(frame, atUs);
    const { status, wireBytes } = unpacked;
    if (status !== 'ok')
      return [undecoded(status, wireBytes, status === 'partial' ? null : frame.data, frame)];
    const isText = frame.kind === 'text';
    const isEtf = !isText && unpacked.bytes[0] === ETF_VERSION;
    return isEtf ? this.#etf(unpacked.bytes, wireBytes) : this.#json(unpacked.bytes, isText, wireBytes);
  }

  /** Ends the connection; returns a payload that never completed, or null. */
  end(): Decoded | null {
    const wireBytes = this.#unpacker.end();
    return wireBytes === 0 ? null : { status: 'truncated', wireBytes, raw: null, isPlain: true };
  }

  #json(bytes: Uint8Array, isText: boolean, wireBytes: number): Decoded[] {
    if (!isUtf8(bytes)) return [undecoded(this.#reasonFor('not_utf8', isText), wireBytes, bytes)];
    if (hasTooManyValues(bytes)) return [undecoded('too_complex', wireBytes, bytes)];
    const decoded = this.#payload(bytes, wireBytes, null);
    if (decoded.status !== 'not_json') return [decoded];
    const texts = splitJson(bytes, MAX_PAYLOADS);
    if (texts.length < 2) return [{ ...decoded, status: this.#reasonFor('not_json', isText) }];
    return texts.map((text, index) => this.#payload(text, index === 0 ? wireBytes : 0, null));
  }

  #etf(bytes: Uint8Array, wireBytes: number): Decoded[] {
    const results: Decoded[] = [];
    let termsLeft = BOUNDS.messageValues;
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const ownWireBytes = at === 0 ? wireBytes : 0;
      const limits = { ...this.#unpacker.limits, maxTerms: termsLeft };
      const term = results.length < MAX_PAYLOADS ? decodeEtf(rest, limits) : TOO_MANY;
      if (!term.ok) return [...results, undecoded(statusOfEtf(term.reason), ownWireBytes, rest)];
      termsLeft -= term.termCount;
      results.push(this.#payload(term.json, ownWireBytes, rest.subarray(0, term.byteCount)));
      at += term.byteCount;
    }
    return results;
  }

  /** One JSON text as a payload; `etf` is the document that was projected, or null. */
  #payload(bytes: Uint8Array, wireBytes: number, etf: Uint8Array | null): Decoded {
    const keys = this.#secretKeys;
    if (keys !== null) keys.hasSeen = false;
    const envelope = scanEnvelope(bytes, keys);
    const raw = etf ?? bytes;
    if (typeof envelope === 'string') return undecoded(envelope, wireBytes, raw);
    const { op, s, t, dStart, dEnd } = envelope;
    const payloadBytes = raw.length;
    const hasSecretKey = keys?.hasSeen ?? false;
    return new DecodedPayload({ op, s, t, bytes, etf, dStart, dEnd, wireBytes, payloadBytes, hasSecretKey });
  }

  /** Status of bytes that are not JSON, by the encoding of the connection. */
  #reasonFor(reason: DecodeFailure, isText: boolean): DecodeFailure {
    if (isText || this.#options.transport.encoding === 'json') return reason;
    return this.#options.transport.encoding === 'etf' ? 'not_etf' : 'unknown_encoding';
  }
}

/** A ping, pong or close, or an invalid control frame. */
function controlFrame({ error: fault, wireBytes, data }: Frame): NoPayload {
  return fault === null
    ? { status: 'control', wireBytes, raw: data, isPlain: true }
    : undecoded(fault, wireBytes, data);
}

/** Result for bytes without a payload; `frame`: the frame with these data, unchanged. */
function undecoded(
  status: NoPayload['status'],
  wireBytes: number,
  raw: Uint8Array | null,
  frame: Frame | null = null,
): NoPayload {
  // Bytes over a bound are not kept.
  const bytes = status === 'too_large' || status === 'too_complex' ? null : raw;
  const isPacked = frame !== null && (frame.isDeflated || frame.kind === 'binary');
  const isPlain = bytes === null || (!isPacked && isPlainText(bytes, status === 'truncated'));
  return { status, wireBytes, raw: bytes, isPlain };
}

/** Whether bytes are text, and short enough to be searched for secrets; other bytes may be compressed. */
function isPlainText(bytes: Uint8Array, isCut: boolean): boolean {
  if (bytes.length > BOUNDS.undecodedBytes) return false;
  const longestCut = isCut ? MAX_CUT_BYTES : 0;
  for (let cut = 0; cut <= longestCut; cut += 1) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return !hasOddControl(bytes);
  }
  return false;
}

function hasOddControl(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < FIRST_PRINTABLE && !TEXT_CONTROLS.has(byte)) return true;
  return false;
}

function statusOfEtf(reason: EtfError): DecodeFailure {
  if (reason === 'too_large') return 'too_large';
  return COMPLEX.has(reason) ? 'too_complex' : 'not_etf';
}
