/**
 * permessage-deflate: messages that a WebSocket extension compressed, inflated one by one.
 *
 * The context between messages is nothing but the last 32,768 bytes of plaintext, so each message is inflated
 * on its own with these as the dictionary. That is slower than a context kept by zlib, and never wrong;
 * Discord's gateway declines the extension, other upstreams may accept it. What follows a block marked as the
 * last one within a message is not read.
 * Source: RFC 7692 sections 6.2, 7.1 and 7.2; RFC 1951 section 3.2.3.
 */
import { constants, inflateRawSync } from 'node:zlib';
import type { Sender } from './frame.js';
import type { InflateBudget } from './inflate-budget.js';
import type { Inflated, InflateLimits } from './inflated.js';

/** Farthest that deflate refers back, with the largest window. */
export const DEFLATE_WINDOW_BYTES = 32_768;
/** What the sender cuts off every message (RFC 7692 §7.2.1): the end of an empty stored block. */
export const DEFLATE_TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

const NAME = 'permessage-deflate';
const NO_BYTES = new Uint8Array(0);

/** Parameters that both sides agreed on. */
export interface DeflateAgreement {
  /** True when a side starts every message with an empty window. */
  readonly isContextless: Readonly<Record<Sender, boolean>>;
}

/**
 * Reads what an upstream accepted (`Sec-WebSocket-Extensions`). Null when there is no permessage-deflate in
 * it. Window sizes are left out: any window fits into the largest one.
 */
export function deflateAgreement(extensions: string | null): DeflateAgreement | null {
  for (const extension of (extensions ?? '').split(',')) {
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

/** Inflater of one sender's compressed messages; those that came without RSV1 are not for it. */
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

  /** Inflates the data of one whole message. A message that fails takes the context with it, if there is one. */
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
        ...(window.length > 0 ? { dictionary: window } : {}),
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

/** Inflater for what `sender` compresses, or null when the two sides did not agree on permessage-deflate. */
export function createMessageInflater(
  extensions: string | null,
  sender: Sender,
  limits: InflateLimits,
): MessageInflater | null {
  const agreement = deflateAgreement(extensions);
  if (agreement === null) return null;
  return new MessageInflater({ ...limits, isContextless: agreement.isContextless[sender] });
}

/** Last bytes of what has been sent, once `plain` is behind `window`. */
function windowBehind(window: Uint8Array, plain: Uint8Array): Uint8Array {
  if (plain.length >= DEFLATE_WINDOW_BYTES) return plain.slice(-DEFLATE_WINDOW_BYTES);
  return Buffer.concat([window, plain]).subarray(-DEFLATE_WINDOW_BYTES);
}
