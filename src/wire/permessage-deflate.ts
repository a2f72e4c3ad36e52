/**
 * permessage-deflate: messages that a WebSocket extension compressed, inflated one by one.
 *
 * The only context between messages is the last 32,768 bytes of plaintext, so each message is inflated separately with
 * these as the dictionary. This is correct but slower than a zlib context; Discord's gateway declines the extension,
 * other upstreams may accept it. Bytes after a block marked as the last one within a message are ignored.
 * Source: RFC 7692 sections 6.2, 7.1 and 7.2; RFC 1951 section 3.2.3.
 */
import { NO_BYTES } from './no-bytes.js';
import { constants, inflateRawSync } from 'node:zlib';
import type { Sender } from './frame.js';
import type { InflateBudget } from './inflate-budget.js';
import type { Inflated, InflateLimits } from './inflated.js';

/** Farthest that deflate refers back, with the largest window. */
export const DEFLATE_WINDOW_BYTES = 32_768;
/** Bytes that the sender removes from the end of every message (RFC 7692 §7.2.1): the end of an empty stored block. */
export const DEFLATE_TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

const NAME = 'permessage-deflate';

/** Parameters that both sides agreed on. */
export interface DeflateAgreement {
  /** True if that side starts every message with an empty window. */
  readonly isContextless: Readonly<Record<Sender, boolean>>;
}

/**
 * Reads what an upstream accepted (`Sec-WebSocket-Extensions`). Returns null if it contains no permessage-deflate.
 * Window sizes are ignored: any window fits into the largest one.
 */
export function deflateAgreement(extensions: string | null): DeflateAgreement | null {
  for (const extension of extensions?.split(',') ?? []) {
    const [name, ...parameters] = extension.split(';').map((part) => part.trim().toLowerCase());
    if (name !== NAME) continue;
    return {
      isContextless: {
        client: parameters.includes('client_no_context_takeover'),
        gateway: parameters.includes('server_no_context_takeover'),
      },
    };
  }
  return null;
}

/** Inflater of one sender's compressed messages; messages without RSV1 must not be passed to it. */
export class MessageInflater {
  readonly #isContextless: boolean;
  readonly #maxPayloadBytes: number;
  readonly #budget: InflateBudget | null;
  /** Last bytes of plaintext, or null once a message could not be read and the context is gone. */
  #window: Uint8Array | null = NO_BYTES;

  constructor(options: InflateLimits & { readonly isContextless: boolean }) {
    this.#isContextless = options.isContextless;
    this.#maxPayloadBytes = options.maxPayloadBytes;
    this.#budget = options.budget ?? null;
  }

  /** Inflates the data of one whole message. If a message fails, a shared context is lost as well. */
  push(message: Uint8Array): Inflated {
    if (this.#window === null) return { status: 'context_lost' };
    const inflated = this.#inflate(message, this.#window);
    if (this.#isContextless) return inflated;
    this.#window = inflated.status === 'ok' ? windowBehind(this.#window, inflated.bytes) : null;
    return inflated;
  }

  #inflate(message: Uint8Array, window: Uint8Array): Inflated {
    const allowedBytes = this.#budget?.left ?? Infinity;
    const maxBytes = Math.min(this.#maxPayloadBytes, allowedBytes);
    try {
      const bytes = inflateRawSync(Buffer.concat([message, DEFLATE_TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: maxBytes,
        dictionary: window,
      });
      this.#budget?.spend(bytes.length);
      return { status: 'ok', bytes };
    } catch (error) {
      if (!(error instanceof RangeError)) return { status: 'inflate_failed' };
      this.#budget?.spend(maxBytes);
      return { status: allowedBytes < this.#maxPayloadBytes ? 'too_complex' : 'too_large' };
    }
  }
}

/** Inflater for what `sender` compresses, or null if the two sides did not agree on permessage-deflate. */
export function createMessageInflater(
  extensions: string | null,
  sender: Sender,
  limits: InflateLimits,
): MessageInflater | null {
  const agreement = deflateAgreement(extensions);
  if (agreement === null) return null;
  return new MessageInflater({ ...limits, isContextless: agreement.isContextless[sender] });
}

/** New window: the last bytes of `window` followed by `plain`. */
function windowBehind(window: Uint8Array, plain: Uint8Array): Uint8Array {
  if (plain.length >= DEFLATE_WINDOW_BYTES) return plain.slice(-DEFLATE_WINDOW_BYTES);
  return Buffer.concat([window, plain]).subarray(-DEFLATE_WINDOW_BYTES);
}
