/**
 * Payload decoder: the frames of one sender become payloads, or reasons why they do not.
 *
 * What a message holds is told by the transport and then by its first bytes, in this order: a compressed stream,
 * text, ETF, one zlib buffer (payload compression), JSON in a binary message. Clients never compress. One message
 * may hold several payloads and one payload may need several messages: then those before the last are `partial`,
 * with their own bytes, and the last has the sum of all. A payload that never completes ends as one more result,
 * `truncated`, with that sum; so sums that leave out partial ones are exact. Never throws, whatever the bytes.
 * Source: Discord Docs/Gateway, "Encoding and Compression"; Discord clients as to several payloads in a message.
 */
import { isUtf8 } from 'node:buffer';
import type { Frame, Sender } from '../wire/frame.js';
import type { Inflated, Inflater } from '../wire/inflate.js';
import { createInflater, inflateOnce } from '../wire/inflate.js';
import { scanEnvelope } from '../wire/json-envelope.js';
import type { JsonKeys } from '../wire/json-keys.js';
import { splitJson } from '../wire/json-split.js';
import type { Transport } from '../wire/transport.js';
import type { Decoded, DecodeFailure } from './decoded.js';
import { DecodedPayload } from './decoded.js';

/** What a `PayloadDecoder` needs to know about its connection. */
export interface PayloadDecoderOptions {
  readonly sender: Sender;
  readonly transport: Transport;
  /** `Sec-WebSocket-Extensions` that the upstream accepted, or null. */
  readonly extensions: string | null;
  /** Longest payload that is decoded, in bytes after decompression. */
  readonly maxPayloadBytes: number;
  /** Keys to look for in every payload; default none. */
  readonly secretKeys?: JsonKeys | null;
}

const ETF_VERSION = 131;
const ZLIB_DEFLATE = 0x78;

/** Decoder of one sender's frames on one connection. */
export class PayloadDecoder {
  readonly #options: PayloadDecoderOptions;
  readonly #secretKeys: JsonKeys | null;
  /** Transport compression; null where messages stand alone. */
  readonly #stream: Inflater | null;
  /** A message of the stream is missing, so the rest cannot be read. */
  #isStreamLost = false;
  /** Bytes on the wire of the messages that belong to the payload under way. */
  #pendingWireBytes = 0;

  constructor(options: PayloadDecoderOptions) {
    this.#options = options;
    this.#secretKeys = options.secretKeys ?? null;
    const { compress } = options.transport;
    this.#stream =
      options.sender === 'client' || compress === 'none' ? null : createInflater(compress, options);
  }

  /** Decodes the next frame; at least one result. */
  push(frame: Frame): Decoded[] {
    if (frame.kind !== 'text' && frame.kind !== 'binary') {
      return [{ status: frame.fault ?? 'control', wireBytes: frame.wireBytes, raw: frame.data }];
    }
    const isStreamed = this.#stream !== null && frame.kind === 'binary';
    return isStreamed ? this.#pushStreamed(frame, this.#stream) : this.#pushAlone(frame);
  }

  /** Ends the connection: a payload that never completed, or null. */
  end(): Decoded | null {
    const wireBytes = this.#pendingWireBytes;
    this.#pendingWireBytes = 0;
    return wireBytes === 0 ? null : { status: 'truncated', wireBytes, raw: null };
  }

  /** A message of a compressed stream. */
  #pushStreamed(frame: Frame, stream: Inflater): Decoded[] {
    const wireBytes = this.#pendingWireBytes + frame.wireBytes;
    this.#pendingWireBytes = 0;
    const inflated = this.#inflate(frame, stream);
    if (inflated.status === 'ok' && inflated.bytes.length > 0) {
      return this.#decode(inflated.bytes, false, wireBytes);
    }
    if (inflated.status === 'partial' || inflated.status === 'ok') {
      this.#pendingWireBytes = wireBytes;
      return [{ status: 'partial', wireBytes: frame.wireBytes, raw: null }];
    }
    return [{ status: inflated.status, wireBytes, raw: frame.data }];
  }

  #inflate(
    { data, fault, isDeflated }: Frame,
    stream: Inflater,
  ): Inflated | { readonly status: DecodeFailure } {
    const isLost = this.#isStreamLost;
    if (fault !== null || isDeflated) this.#isStreamLost = true;
    if (fault !== null) return { status: fault };
    if (isLost) return { status: 'context_lost' };
    return isDeflated ? { status: 'unsupported_compression' } : stream.push(data);
  }

  /** A message that stands alone. */
  #pushAlone({ kind, data, wireBytes, fault, isDeflated }: Frame): Decoded[] {
    if (fault !== null) return [{ status: fault, wireBytes, raw: data }];
    if (isDeflated) return [{ status: 'unsupported_compression', wireBytes, raw: data }];
    const isZlib = this.#options.sender === 'gateway' && kind === 'binary' && hasZlibHeader(data);
    if (!isZlib) return this.#decode(data, kind === 'text', wireBytes);
    const inflated = inflateOnce(data, this.#options);
    if (inflated.status === 'ok') return this.#decode(inflated.bytes, false, wireBytes);
    return [{ status: inflated.status, wireBytes, raw: data }];
  }

  #decode(bytes: Uint8Array, isText: boolean, wireBytes: number): Decoded[] {
    if (!isText && bytes[0] === ETF_VERSION) return [{ status: 'not_etf', wireBytes, raw: bytes }];
    if (!isUtf8(bytes)) return [{ status: this.#reasonFor('not_utf8', isText), wireBytes, raw: bytes }];
    const decoded = this.#decodeJson(bytes, wireBytes);
    if (decoded.status !== 'not_json') return [decoded];
    const texts = splitJson(bytes);
    if (texts.length < 2) return [{ ...decoded, status: this.#reasonFor('not_json', isText) }];
    return texts.map((text, index) => this.#decodeJson(text, index === 0 ? wireBytes : 0));
  }

  /** One JSON text as a payload. */
  #decodeJson(bytes: Uint8Array, wireBytes: number): Decoded {
    const keys = this.#secretKeys;
    if (keys !== null) keys.hasSeen = false;
    const envelope = scanEnvelope(bytes, keys);
    // Nesting deeper than any parser takes is as good as no JSON.
    if (envelope === 'too_deep' || envelope === 'not_json')
      return { status: 'not_json', wireBytes, raw: bytes };
    if (envelope === 'not_object') return { status: 'not_object', wireBytes, raw: bytes };
    const { op, s, t, dStart, dEnd } = envelope;
    return new DecodedPayload({
      op,
      s,
      t,
      bytes,
      dStart,
      dEnd,
      wireBytes,
      payloadBytes: bytes.length,
      hasSecretKey: keys?.hasSeen ?? false,
    });
  }

  /** What to call bytes that are no JSON: by what the connection was to carry. */
  #reasonFor(reason: DecodeFailure, isText: boolean): DecodeFailure {
    if (isText || this.#options.transport.encoding === 'json') return reason;
    return this.#options.transport.encoding === 'etf' ? 'not_etf' : 'unknown_encoding';
  }
}

/** RFC 1950 section 2.2: method 8 with a 32 KiB window, and a check value that fits. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  return bytes[0] === ZLIB_DEFLATE && (ZLIB_DEFLATE * 256 + (bytes[1] ?? 0)) % 31 === 0;
}
