/**
 * Output of a decompressor until a payload is complete, up to a limit.
 *
 * What goes over the limit is counted but not kept, so that the context can go on while the payload is given up.
 */
import type { Inflated } from './inflated.js';

const NOTHING = new Uint8Array(0);

/** Bytes of the payload under way. */
export class BoundedOutput {
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes added since the last `take`, kept or not. */
  get length(): number {
    return this.#length;
  }

  /** Whether the payload is over the limit already. */
  get isOver(): boolean {
    return this.#length > this.#maxBytes;
  }

  /** Adds a piece, which is kept as it is. */
  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.isOver) this.#pieces.length = 0;
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  /** Ends the payload: its bytes, or `too_large` when they were not kept. */
  take(): Inflated {
    const pieces = this.#pieces;
    const isTooLarge = this.isOver;
    const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    pieces.length = 0;
    this.#length = 0;
    return isTooLarge ? { status: 'too_large' } : { status: 'ok', bytes: bytes ?? NOTHING };
  }
}
