/**
 * Message cache: keeps compressed or ETF messages made for one client, for the next one.
 *
 * A mock sends the same texts to every client, and its messages do not refer back to each other, so each is made once
 * per transport. Messages that cost nothing to make are not kept. Bounded: when it is full, further ones are made each
 * time.
 */
import type { JsonValue } from '../gateway/payload.js';
import { streamMessage } from '../wire/deflate.js';
import { encodeEtf } from '../wire/etf/encode.js';
import type { Compression, Encoding } from '../wire/transport.js';

/** A transport that the mock speaks. */
export interface MockTransport {
  readonly encoding: Exclude<Encoding, 'unknown'>;
  readonly compress: Exclude<Compression, 'unknown'>;
}

/** Limit of the bytes of all kept messages; their texts belong to the recording. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Binary messages of all transports, by their text. */
export class MessageCache {
  readonly #messages = new Map<string, Map<string, Uint8Array>>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Returns a function that makes the binary messages of a transport, without the opening of its stream. */
  findMaker(transport: MockTransport): (text: string) => Uint8Array {
    if (transport.encoding === 'json' && transport.compress !== 'zlib-stream') {
      return (text) => makeMessage(transport, text);
    }
    const known = this.#getMessages(transport);
    return (text) => {
      const kept = known.get(text);
      if (kept !== undefined) return kept;
      const made = makeMessage(transport, text);
      this.#keep(known, text, made);
      return made;
    };
  }

  /** Whether the message of `text` is kept. */
  has(transport: MockTransport, text: string): boolean {
    return this.#getMessages(transport).has(text);
  }

  /** Keeps a message that was made elsewhere; returns false if there is no room for it. */
  add(transport: MockTransport, text: string, message: Uint8Array): boolean {
    const known = this.#getMessages(transport);
    return known.has(text) || this.#keep(known, text, message);
  }

  #keep(known: Map<string, Uint8Array>, text: string, message: Uint8Array): boolean {
    if (this.#bytes + message.length > this.#maxBytes) return false;
    this.#bytes += message.length;
    known.set(text, message);
    return true;
  }

  #getMessages({ encoding, compress }: MockTransport): Map<string, Uint8Array> {
    const key = `${encoding} ${compress}`;
    const known = this.#messages.get(key) ?? new Map<string, Uint8Array>();
    this.#messages.set(key, known);
    return known;
  }
}

/** Binary message of `text`, without the opening of its stream. */
export function makeMessage({ encoding, compress }: MockTransport, text: string): Uint8Array {
  const payload = encoding === 'etf' ? encodeEtf(JSON.parse(text) as JsonValue) : Buffer.from(text);
  return compress === 'none' ? payload : streamMessage(compress, payload);
}
