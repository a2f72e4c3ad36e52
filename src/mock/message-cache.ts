/**
 * Message cache: what was compressed or made ETF for one client is ready for the next one.
 *
 * A mock sends the same texts to everybody, and its messages do not refer back to each other, so each is made once
 * for a transport. What costs nothing to make is not kept. Bounded: what comes when it is full is made each time.
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

/** Bytes of all messages that are kept; their texts belong to the recording. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Binary messages of all transports, by the text that they say. */
export class MessageCache {
  readonly #messages = new Map<string, Map<string, Uint8Array>>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Maker of binary messages for a transport, without the opening of its stream. */
  findMaker(transport: MockTransport): (text: string) => Uint8Array {
    if (transport.encoding === 'json' && transport.compress !== 'zlib-stream') {
      return (text) => makeMessage(transport, text);
    }
    const known = this.#getMessages(`${transport.encoding} ${transport.compress}`);
    return (text) => {
      const kept = known.get(text);
      if (kept !== undefined) return kept;
      const made = makeMessage(transport, text);
      if (this.#bytes + made.length > this.#maxBytes) return made;
      this.#bytes += made.length;
      known.set(text, made);
      return made;
    };
  }

  #getMessages(key: string): Map<string, Uint8Array> {
    const known = this.#messages.get(key) ?? new Map<string, Uint8Array>();
    this.#messages.set(key, known);
    return known;
  }
}

function makeMessage({ encoding, compress }: MockTransport, text: string): Uint8Array {
  const payload = encoding === 'etf' ? encodeEtf(JSON.parse(text) as JsonValue) : Buffer.from(text);
  return compress === 'none' ? payload : streamMessage(compress, payload);
}
