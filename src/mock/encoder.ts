/**
 * Encoder: JSON texts of payloads to the WebSocket messages of one connection's transport, one per payload.
 *
 *   text ─► JSON | ETF ─► none | zlib-stream | zstd-stream        or, where IDENTIFY asked, a zlib buffer
 *
 * Payload compression is what IDENTIFY's `compress` asks for; it counts only for JSON without a transport
 * compression, and then only for the largest payloads, as at Discord.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */
import type { JsonValue } from '../gateway/payload.js';
import { createDeflater, deflateOnce, type Deflater } from '../wire/deflate.js';
import { encodeEtf } from '../wire/etf/encode.js';
import type { Compression, Encoding } from '../wire/transport.js';

/** A transport that the mock speaks. */
export interface MockTransport {
  readonly encoding: Exclude<Encoding, 'unknown'>;
  readonly compress: Exclude<Compression, 'unknown'>;
}

/** Message of WebSocket: a string is a text message, bytes are a binary one. */
export type Message = string | Uint8Array;

// What payload compression is worth: the payloads that are large at every bot.
const COMPRESSED_EVENTS: ReadonlySet<string | null> = new Set(['READY', 'GUILD_CREATE']);

/** Encoder of one connection; a compressed stream has state. */
export class PayloadEncoder {
  readonly #isEtf: boolean;
  readonly #deflater: Deflater | null;
  #isCompressingPayloads = false;

  constructor({ encoding, compress }: MockTransport) {
    this.#isEtf = encoding === 'etf';
    this.#deflater = compress === 'none' ? null : createDeflater(compress);
  }

  /** Turns on payload compression, where the transport leaves room for it. */
  compressPayloads(): void {
    this.#isCompressingPayloads = !this.#isEtf && this.#deflater === null;
  }

  /** Message for one payload; `event` is the name of a dispatch, else null. */
  encode(text: string, event: string | null): Message {
    if (this.#isCompressingPayloads && COMPRESSED_EVENTS.has(event)) return deflateOnce(Buffer.from(text));
    if (this.#isEtf) {
      const term = encodeEtf(JSON.parse(text) as JsonValue);
      return this.#deflater === null ? term : this.#deflater.push(term);
    }
    return this.#deflater === null ? text : this.#deflater.push(Buffer.from(text));
  }
}
