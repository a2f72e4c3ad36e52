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
