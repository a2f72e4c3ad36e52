/**
 * Output of a decompressor until a payload is complete, up to a limit.
 *
 * What goes over the limit is counted but not kept, so that the context can go on while the payload is given up.
 */
import { GatheredBytes, HeldBytes } from './held-bytes.js';
import type { Inflated, InflateLimits } from './inflated.js';

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
