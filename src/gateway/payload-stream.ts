/**
 * Payload streams as a rewriter sees them: messages become payloads, and a payload becomes a message again.
 *
 * A compressor refers back to what it sent before. Once the client got something else, the gateway's messages
 * would refer to text that the client does not have; the stream is out of step, and its payloads have to be
 * encoded anew. For zlib-stream that passes: deflate looks back 32,768 bytes at most, so when that much
 * plaintext has gone out behind the last changed byte, both windows are equal and the stream is in step again.
 * Source: RFC 1951 sections 2 and 3.2.4; Discord Docs/Gateway, "Transport Compression".
 */
import { storedBlocks } from '../wire/deflate.js';
import type { Inflated, Inflater } from '../wire/inflate.js';
import { createInflater } from '../wire/inflate.js';
import type { Compression } from '../wire/transport.js';
import { MAX_HELD_BYTES } from './held-frames.js';

/** One direction of a connection, at the level of its transport compression. */
export interface PayloadStream {
  /** True while the gateway's own messages mean to the client what they mean to us. */
  readonly isInStep: boolean;
  /** Reads the gateway's next message. */
  decode(message: Uint8Array): Inflated;
  /**
   * Data of one message that says `payload`, in place of the messages decoded last. The last `unchangedBytes`
   * of it are as the gateway sent them: all of them when nothing was changed.
   */
  encode(payload: Uint8Array, unchangedBytes: number): Uint8Array;
}

const LIMITS = { maxPayloadBytes: MAX_HELD_BYTES };
/** Farthest that deflate refers back (RFC 1951 section 2). */
const WINDOW_BYTES = 32_768;
/** Header of an RFC 1950 stream with the largest window, which any stream's blocks may follow. */
const ZLIB_HEADER = Uint8Array.of(0x78, 0x9c);

/** Stream of a transport's compression, or null for one that cannot be rewritten. */
export function openPayloadStream(compress: Compression): PayloadStream | null {
  switch (compress) {
    case 'none':
      return new PlainStream();
    case 'zlib-stream':
      return new ZlibStream();
    case 'zstd-stream':
    case 'unknown':
      return null;
  }
}

/** No transport compression: a message is a payload, and none depends on another. */
class PlainStream implements PayloadStream {
  readonly isInStep = true;

  decode(message: Uint8Array): Inflated {
    return { status: 'ok', bytes: message };
  }

  encode(payload: Uint8Array): Uint8Array {
    return payload;
  }
}

/** zlib-stream, encoded anew as stored blocks until both windows are equal. */
class ZlibStream implements PayloadStream {
  readonly #inflater: Inflater = createInflater('zlib-stream', LIMITS);
  /** Payloads decoded; the first one carries the stream's header. */
  #payloads = 0;
  /** Plaintext bytes that still have to go out until the windows are equal. */
  #bytesApart = 0;

  get isInStep(): boolean {
    return this.#bytesApart === 0;
  }

  decode(message: Uint8Array): Inflated {
    const inflated = this.#inflater.push(message);
    if (inflated.status === 'ok') this.#payloads += 1;
    return inflated;
  }

  encode(payload: Uint8Array, unchangedBytes: number): Uint8Array {
    const isChanged = unchangedBytes < payload.length;
    this.#bytesApart = Math.max(0, (isChanged ? WINDOW_BYTES : this.#bytesApart) - unchangedBytes);
    const blocks = storedBlocks(payload);
    return this.#payloads === 1 ? Buffer.concat([ZLIB_HEADER, blocks]) : blocks;
  }
}
