/**
 * Types that all decompressors share: their limits and their results.
 */
import { GatheredBytes, HeldBytes } from './held-bytes.js';
import type { InflateBudget } from './inflate-budget.js';

/** Result of one message. */
export type Inflated =
  /** All payloads that this message completed, their bytes joined; usually one. */
  | { readonly status: 'ok'; readonly bytes: Uint8Array }
  /** More messages are needed. */
  | { readonly status: 'partial' }
  /**
   * No bytes. `inflate_failed`: broken data, reported once; afterwards the shared context is lost and each message is
   * `context_lost`. `too_large`: more than `maxPayloadBytes` once inflated; the context stays valid.
   * `too_complex`: over another bound; if it is the budget of work, the context is discarded too.
   * `unsupported_compression`: the transport asked for an undocumented compression.
   */
  | {
      readonly status:
        'inflate_failed' | 'too_large' | 'too_complex' | 'context_lost' | 'unsupported_compression';
    };

/** Limits of decompression. */
export interface InflateLimits {
  /** Longest payload that is kept, in bytes after decompression. */
  readonly maxPayloadBytes: number;
  /** Work that the sender may cause; the reader of its messages adds to it. Default: unlimited. */
  readonly budget?: InflateBudget;
  /** Count of the bytes that all connections hold; default: only this connection's. */
  readonly held?: HeldBytes;
}

/** Decompressor of one sender's messages on one connection. */
export interface Inflater {
  /**
   * Takes the data of one whole message. Keeps no reference to it, except that with `none` the result is the
   * message itself; results stay valid after the next push.
   */
  push(message: Uint8Array): Inflated;
  /** Discards an incomplete payload, at the end of the connection. */
  close(): void;
}

/** State of one RFC 1950 stream. */
export interface ZlibContext {
  /**
   * Inflates the next bytes of the stream as far as they go; the result is the caller's. Returns null if the data is
   * broken; the context is unusable afterwards.
   */
  push(piece: Uint8Array): Uint8Array | null;
  /** Ends the stream and releases its memory. */
  close(): void;
}

/**
 * Output of a decompressor until a payload is complete. Output over the limit is counted but not kept, so that the
 * context stays valid while the payload is dropped.
 */
export class BoundedOutput {
  readonly #maxBytes: number;
  readonly #gathered: GatheredBytes;
  #length = 0;
  /** All connections together hold too much for this payload to be kept. */
  #isCrowdedOut = false;

  constructor({ maxPayloadBytes, held = new HeldBytes(Infinity) }: InflateLimits) {
    this.#maxBytes = maxPayloadBytes;
    this.#gathered = new GatheredBytes(held);
  }

  /** Bytes added since the last `take`, kept or not. */
  get length(): number {
    return this.#length;
  }

  /** Whether the payload is over the limit already. */
  get isOver(): boolean {
    return this.#length > this.#maxBytes;
  }

  /** Adds a piece; the first one is kept without a copy, later ones are appended. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const gathered = this.#gathered;
    this.#length += piece.length;
    if (this.isOver) gathered.clear();
    else if (!this.#isCrowdedOut) {
      const isKept = gathered.length === 0 ? gathered.adopt(piece) : gathered.append(piece, this.#maxBytes);
      if (isKept) return;
      this.#isCrowdedOut = true;
      gathered.clear();
    }
  }

  /** Copies what was kept without a copy: a payload that is not complete must not keep more memory than its own. */
  settle(): void {
    this.#gathered.settle();
  }

  /** Ends the payload; returns its bytes, or `too_large` or `too_complex` if they were not kept. */
  take(): Inflated {
    const isTooLarge = this.isOver;
    const isCrowdedOut = this.#isCrowdedOut;
    const bytes = this.#gathered.take();
    this.#length = 0;
    this.#isCrowdedOut = false;
    if (isTooLarge) return { status: 'too_large' };
    return isCrowdedOut ? { status: 'too_complex' } : { status: 'ok', bytes };
  }
}
