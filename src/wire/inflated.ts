/**
 * What decompressors have in common: their limits, and what they say of a message.
 */
import { GatheredBytes, HeldBytes } from './held-bytes.js';
import type { InflateBudget } from './inflate-budget.js';

/** What became of one message. */
export type Inflated =
  /** All payloads that this message completed, their bytes joined; usually one. */
  | { readonly status: 'ok'; readonly bytes: Uint8Array }
  /** More messages are needed. */
  | { readonly status: 'partial' }
  /**
   * No bytes. `inflate_failed`: broken data, said once; from then on a shared context is gone and each message
   * is `context_lost`. `too_large`: more than `maxPayloadBytes` once inflated; the context is still good.
   * `too_complex`: over another bound; over the budget of work the context is given up, too.
   * `unsupported_compression`: nobody documents what the transport asked for.
   */
  | {
      readonly status:
        'inflate_failed' | 'too_large' | 'too_complex' | 'context_lost' | 'unsupported_compression';
    };

/** Limits of decompression. */
export interface InflateLimits {
  /** Longest payload that is kept, in bytes after decompression. */
  readonly maxPayloadBytes: number;
  /** Work that the sender may cause; whoever reads its messages adds to it. Default: without an end. */
  readonly budget?: InflateBudget;
  /** Count of what all connections hold; default: none but this. */
  readonly held?: HeldBytes;
}

/** Decompressor of one sender's messages on one connection. */
export interface Inflater {
  /**
   * Takes the data of one whole message. Keeps no reference to it, except that with `none` the result is the
   * message itself; results stay valid after the next push.
   */
  push(message: Uint8Array): Inflated;
  /** Lets go of a payload that is not complete, at the end of the connection. */
  close(): void;
}

/** State of one RFC 1950 stream. */
export interface ZlibContext {
  /**
   * Inflates the next bytes of the stream as far as they go; the result is the caller's. Null when the data is broken,
   * after which the context is of no more use.
   */
  push(piece: Uint8Array): Uint8Array | null;
  /** Longest piece that it should be given now, in bytes. */
  readonly pieceBytes: number;
}

// Output of a decompressor until a payload is complete, up to a limit.
//
// What goes over the limit is counted but not kept, so that the context can go on while the payload is given up.

/** Bytes of the payload under way. */
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

  /** Adds a piece; the first one is kept as it is, later ones are copied behind it. */
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

  /** Ends the payload: its bytes, or `too_large` or `too_complex` when they were not kept. */
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
