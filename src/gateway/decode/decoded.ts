/**
 * Results of a decoder: payloads, or the reason why a frame has no payload.
 *
 * A decoded payload keeps its text unchanged; `d` is parsed on first access.
 */
import type { JsonValue, Payload } from '../payload.js';

/** Why a frame that should hold a payload yields no payload; explained in capture/records.ts. */
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
  /** `partial`: more frames are needed; `control`: ping, pong or close; otherwise the fault. */
  readonly status: 'partial' | 'control' | DecodeFailure;
  /** Bytes on the wire; if a payload failed, those of all frames that carried it. */
  readonly wireBytes: number;
  /** Bytes of a control frame, or bytes that could not be decoded, not yet scrubbed; null if they are over a bound. */
  readonly raw: Uint8Array | null;
  /**
   * Whether `raw` can be searched for secrets: it is text, and not too long. Other bytes may be compressed, and hide a
   * secret.
   */
  readonly isPlain: boolean;
}

/** Parts of a `DecodedPayload`. */
export type DecodedFields = Omit<DecodedPayload, 'status' | 'd'>;

/** A decoded payload. */
export class DecodedPayload implements Payload {
  readonly status = 'ok';
  readonly op: number;
  readonly s: number | null;
  readonly t: string | null;
  /** JSON text in UTF-8: unchanged, or the projection of an ETF document. */
  readonly bytes: Uint8Array;
  /** Unchanged ETF document, or null if JSON was sent. */
  readonly etf: Uint8Array | null;
  /** Position of `d` in `bytes`, the end exclusive; both 0 if there is no `d`. */
  readonly dStart: number;
  readonly dEnd: number;
  /** Bytes on the wire over all frames that carried it; 0 for every payload of a frame after the first. */
  readonly wireBytes: number;
  /** Bytes after decompression, of JSON or ETF. */
  readonly payloadBytes: number;
  /** Whether an object in it has one of the keys that the decoder looks for. */
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

  /** Value of `d`, parsed on first access; null if the payload has no `d`. */
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
