/**
 * Payload decoder: the frames of one sender become payloads, or reasons why they do not.
 *
 * What the unpacked bytes hold is told by the first of them: 131 begins ETF, anything else has to be JSON, in text
 * and binary messages alike. One message may hold several payloads and one payload may need several messages.
 * ETF comes out as its JSON projection, with the original bytes beside it. Bytes on the wire: a message with
 * several payloads counts for the first; a payload that never completes ends as one more result, `truncated`, with
 * the sum of its messages; so sums that leave out partial results are exact. Never throws, whatever the bytes.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; erlang.org, External Term Format.
 */
import { isUtf8 } from 'node:buffer';
import { decodeEtf } from '../wire/etf/decode.js';
import { ETF_VERSION } from '../wire/etf/tags.js';
import type { Frame } from '../wire/frame.js';
import { scanEnvelope } from '../wire/json/envelope.js';
import type { JsonKeys } from '../wire/json/keys.js';
import { splitJson } from '../wire/json/split.js';
import type { Decoded, DecodeFailure } from './decoded.js';
import { DecodedPayload } from './decoded.js';
import type { UnpackerOptions } from './unpacker.js';
import { Unpacker } from './unpacker.js';

/** What a `PayloadDecoder` needs to know about its connection. */
export interface PayloadDecoderOptions extends UnpackerOptions {
  /** Keys to look for in every payload; default none. */
  readonly secretKeys?: JsonKeys | null;
}

/** Payloads that one message may hold; gateways send one. What comes behind so many is undecodable, as a whole. */
const MAX_PAYLOADS = 1024;
const TOO_MANY = { ok: false, reason: 'not_etf' } as const;

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

  /** Decodes the next frame; at least one result. */
  push(frame: Frame): Decoded[] {
    if (frame.kind !== 'text' && frame.kind !== 'binary') {
      return [{ status: frame.fault ?? 'control', wireBytes: frame.wireBytes, raw: frame.data }];
    }
    const unpacked = this.#unpacker.push(frame);
    const { status, wireBytes } = unpacked;
    if (status !== 'ok') return [{ status, wireBytes, raw: status === 'partial' ? null : frame.data }];
    const isText = frame.kind === 'text';
    const isEtf = !isText && unpacked.bytes[0] === ETF_VERSION;
    return isEtf ? this.#etf(unpacked.bytes, wireBytes) : this.#json(unpacked.bytes, isText, wireBytes);
  }

  /** Ends the connection: a payload that never completed, or null. */
  end(): Decoded | null {
    const wireBytes = this.#unpacker.end();
    return wireBytes === 0 ? null : { status: 'truncated', wireBytes, raw: null };
  }

  #json(bytes: Uint8Array, isText: boolean, wireBytes: number): Decoded[] {
    if (!isUtf8(bytes)) return [{ status: this.#reasonFor('not_utf8', isText), wireBytes, raw: bytes }];
    const decoded = this.#payload(bytes, wireBytes, null);
    if (decoded.status !== 'not_json') return [decoded];
    const texts = splitJson(bytes, MAX_PAYLOADS);
    if (texts.length < 2) return [{ ...decoded, status: this.#reasonFor('not_json', isText) }];
    return texts.map((text, index) => this.#payload(text, index === 0 ? wireBytes : 0, null));
  }

  #etf(bytes: Uint8Array, wireBytes: number): Decoded[] {
    const results: Decoded[] = [];
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const ownWireBytes = at === 0 ? wireBytes : 0;
      const term = results.length < MAX_PAYLOADS ? decodeEtf(rest, this.#options) : TOO_MANY;
      if (!term.ok) {
        const status = term.reason === 'too_large' ? 'too_large' : 'not_etf';
        return [...results, { status, wireBytes: ownWireBytes, raw: rest }];
      }
      results.push(this.#payload(term.json, ownWireBytes, rest.subarray(0, term.byteCount)));
      at += term.byteCount;
    }
    return results;
  }

  /** One JSON text as a payload; `etf` is what it is the projection of, or null. */
  #payload(bytes: Uint8Array, wireBytes: number, etf: Uint8Array | null): Decoded {
    const keys = this.#secretKeys;
    if (keys !== null) keys.hasSeen = false;
    const envelope = scanEnvelope(bytes, keys);
    const raw = etf ?? bytes;
    // Nesting deeper than any parser takes is as good as no JSON.
    if (envelope === 'too_deep' || envelope === 'not_json') return { status: 'not_json', wireBytes, raw };
    if (envelope === 'not_object') return { status: 'not_object', wireBytes, raw };
    const { op, s, t, dStart, dEnd } = envelope;
    const payloadBytes = raw.length;
    const hasSecretKey = keys?.hasSeen ?? false;
    return new DecodedPayload({ op, s, t, bytes, etf, dStart, dEnd, wireBytes, payloadBytes, hasSecretKey });
  }

  /** What to call bytes that are no JSON: by what the connection was to carry. */
  #reasonFor(reason: DecodeFailure, isText: boolean): DecodeFailure {
    if (isText || this.#options.transport.encoding === 'json') return reason;
    return this.#options.transport.encoding === 'etf' ? 'not_etf' : 'unknown_encoding';
  }
}
