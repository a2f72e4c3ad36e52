/**
 * Encoder: JSON texts of payloads to the WebSocket messages of one connection's transport, one per payload.
 *
 *   text ─► JSON | ETF ─► none | zlib-stream | zstd-stream        or, where IDENTIFY asked, a zlib buffer
 *
 * Payload compression is what IDENTIFY's `compress` asks for; it counts only for JSON without a transport
 * compression, and then only for the largest payloads, as at Discord.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */
import { deflateOnce, streamOpening } from '../wire/deflate.js';
import type { MessageCache, MockTransport } from './message-cache.js';

/** Message of WebSocket: a string is a text message, bytes are a binary one. */
export type MessageData = string | Uint8Array;

// What payload compression is worth: the payloads that are large at every bot.
const COMPRESSED_EVENTS: ReadonlySet<string | null> = new Set(['READY', 'GUILD_CREATE']);

/** Encoder of one connection; a compressed stream has to be opened. */
export class PayloadEncoder {
  readonly #transport: MockTransport;
  readonly #make: (text: string) => Uint8Array;
  #isOpened: boolean;
  #isCompressingPayloads = false;

  constructor(transport: MockTransport, cache: MessageCache) {
    this.#transport = transport;
    this.#make = cache.findMaker(transport);
    this.#isOpened = transport.compress === 'none';
  }

  /** Turns on payload compression, where the transport leaves room for it. */
  compressPayloads(): void {
    const { encoding, compress } = this.#transport;
    this.#isCompressingPayloads = encoding === 'json' && compress === 'none';
  }

  /** Message for one payload; `event` is the name of a dispatch, else null. */
  encode(text: string, event: string | null): MessageData {
    const { encoding, compress } = this.#transport;
    if (this.#isCompressingPayloads && COMPRESSED_EVENTS.has(event)) return deflateOnce(Buffer.from(text));
    if (compress === 'none') return encoding === 'json' ? text : this.#make(text);
    const message = this.#make(text);
    if (this.#isOpened) return message;
    this.#isOpened = true;
    return Buffer.concat([streamOpening(compress), message]);
  }
}
