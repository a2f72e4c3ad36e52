/**
 * What decompressors have in common: their limits, and what they say of a message.
 */
import type { HeldBytes } from './held-bytes.js';
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
