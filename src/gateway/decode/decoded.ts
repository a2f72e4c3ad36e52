/**
 * What a decoder makes of a frame: payloads, or the reason why there is none.
 *
 * A decoded payload keeps its text as it came; `d` is parsed only when somebody looks at it.
 */
import type { JsonValue, Payload } from '../payload.js';

/** Why a frame that should hold a payload yields none; explained in capture/records.ts. */
export type DecodeFailure =
  | 'protocol_error'
  | 'truncated'
  | 'too_large'
  | 'too_complex'
  | 'inflate_failed'
  | 'context_lost'
  | 'not_utf8'
  | 'not_json'
  | 'not_etf'
  | 'not_object'
  | 'unknown_encoding'
  | 'unsupported_compression'
  | 'decoder_failed';

/** One result of a decoder. */
export type Decoded = DecodedPayload | NoPayload;

/** A frame without a payload of its own. */
export interface NoPayload {
  /** `partial`: more frames are needed; `control`: ping, pong or close; else what went wrong. */
  readonly status: 'partial' | 'control' | DecodeFailure;
  /** Bytes on the wire; when a payload failed, those of all frames that carried it. */
  readonly wireBytes: number;
  /** Bytes of a control frame, or of what could not be decoded, not yet scrubbed; null where they are over a bound. */
  readonly raw: Uint8Array | null;
  /** Whether a secret in `raw` can be seen: it is text, and not too long. Anything else may be compressed, and hide one. */
  readonly isPlain: boolean;
}

/** What a `DecodedPayload` is made of. */
export type DecodedFields = Omit<DecodedPayload, 'status' | 'd'>;

/** A decoded payload. */
export class DecodedPayload implements Payload {
  readonly status = 'ok';
  readonly op: number;
  readonly s: number | null;
  readonly t: string | null;
  /** JSON text in UTF-8: as it came, or the projection of an ETF document. */
  readonly bytes: Uint8Array;
  /** ETF document as it came, or null where JSON was sent. */
  readonly etf: Uint8Array | null;
  /** Where `d` stands in `bytes`, the end exclusive; both 0 when there is none. */
  readonly dStart: number;
  readonly dEnd: number;
  /** Bytes on the wire over all frames that carried it; 0 for all but the first payload of a frame. */
  readonly wireBytes: number;
  /** Bytes after decompression, of JSON or ETF. */
  readonly payloadBytes: number;
  /** Whether an object in it has one of the keys that the decoder was told to look for. */
  readonly hasSecretKey: boolean;
  #d: JsonValue | undefined;

  constructor(fields: DecodedFields) {
    this.op = fields.op;
    this.s = fields.s;
    this.t = fields.t;
    this.bytes = fields.bytes;
    this.etf = fields.etf;
    this.dStart = fields.dStart;
    this.dEnd = fields.dEnd;
    this.wireBytes = fields.wireBytes;
    this.payloadBytes = fields.payloadBytes;
    this.hasSecretKey = fields.hasSecretKey;
  }

  /** Value of `d`, parsed at the first look; null when the payload has none. */
  get d(): JsonValue {
    this.#d ??= this.#parse();
    return this.#d;
  }

  #parse(): JsonValue {
    if (this.dEnd === 0) return null;
    const { buffer, byteOffset } = this.bytes;
    return JSON.parse(
      Buffer.from(buffer, byteOffset + this.dStart, this.dEnd - this.dStart).toString(),
    ) as JsonValue;
  }
}
