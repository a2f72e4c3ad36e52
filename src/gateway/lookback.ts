/**
 * Lookback: whether the client's window and the gateway's are equal, for deflate in any wrapping.
 *
 * Deflate refers back 32,768 bytes at most. Once that much plaintext has gone out behind the last byte that
 * was changed, the windows hold the same, and the gateway's own bytes mean the same to both.
 * Source: RFC 1951 section 2.
 */
import { DEFLATE_WINDOW_BYTES } from '../wire/permessage-deflate.js';

/** Distance between two windows. */
export class Lookback {
  /** Plaintext bytes that still have to go out until the windows are equal. */
  #bytesApart = 0;

  /** True when both windows are equal. */
  get isEqual(): boolean {
    return this.#bytesApart === 0;
  }

  /** Notes plaintext that went out in another encoding, the last `unchangedBytes` of it as the gateway's. */
  advance(length: number, unchangedBytes: number): void {
    const isChanged = unchangedBytes < length;
    this.#bytesApart = Math.max(0, (isChanged ? DEFLATE_WINDOW_BYTES : this.#bytesApart) - unchangedBytes);
  }
}
