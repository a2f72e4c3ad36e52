/**
 * Budget of decompression: how much output one sender of one connection may cause, in bytes.
 *
 * A few compressed bytes can expand to a gigabyte. A budget starts with a fixed amount; every message adds to it, in
 * proportion to its length, up to a maximum; all output is subtracted, kept or not. So time is bounded per message and, in the long run, per byte sent.
 */
import { BOUNDS } from './bounds.js';

const { inflateBase, inflateRatio, inflateGrant, inflateBlock } = BOUNDS;

/** Budget of one sender; all layers of compression share it. */
export class InflateBudget {
  readonly #most: number;
  #left: number;

  /** Budget of `base` bytes, which messages can raise to enough for a payload of `maxPayloadBytes`. */
  constructor(maxPayloadBytes: number, base: number = inflateBase) {
    this.#most = Math.max(base, maxPayloadBytes);
    this.#left = base;
  }

  /** Adds the allowance of a message of that many bytes on the wire. */
  earn(wireBytes: number): void {
    this.#left = Math.min(this.#most, this.#left + inflateGrant + wireBytes * inflateRatio);
  }

  /** Subtracts output; returns false once the budget is used up. */
  spend(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Subtracts the cost of a block's tables; returns false once the budget is used up. */
  spendBlock(): boolean {
    return this.spend(inflateBlock);
  }

  /** Output that the budget still allows, at least 1. */
  get left(): number {
    return Math.max(1, this.#left);
  }
}
