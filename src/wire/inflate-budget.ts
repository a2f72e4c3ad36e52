/**
 * Budget of decompression: how much output one sender of one connection may cause, in bytes.
 *
 * A few compressed bytes can expand to a gigabyte. A budget starts with a fixed amount; every message adds to it, in
 * proportion to its length, up to a maximum; all output is subtracted, kept or not. So time is bounded per message and,
 * in the long run, per byte sent. Time adds to it as well, up to the fixed amount, so that a connection that is idle but
 * for long messages that compress to nothing never uses it up.
 */
import { BOUNDS } from './bounds.js';

const { inflateBase, inflateRatio, inflateGrant, inflateRefill, inflateBlock } = BOUNDS;
const SECOND_US = 1_000_000;

/** Budget of one sender; all layers of compression share it. */
export class InflateBudget {
  readonly #most: number;
  readonly #base: number;
  #left: number;
  /** Time up to which it was refilled; null before the first message. */
  #filledAtUs: number | null = null;

  /** Budget that all connections share, from which this one is taken as well; or null. */
  readonly #shared: InflateBudget | null;

  /** Budget of `base` bytes, which messages can raise to enough for a payload of `maxPayloadBytes`. */
  constructor(maxPayloadBytes: number, base: number = inflateBase, shared: InflateBudget | null = null) {
    this.#most = Math.max(base, maxPayloadBytes);
    this.#base = base;
    this.#left = base;
    this.#shared = shared;
  }

  /** Adds what the time since the last message allows; `atUs`: arrival of the next one, by a clock that peers do not set. */
  refill(atUs: number): void {
    const elapsedUs = Math.max(0, atUs - (this.#filledAtUs ?? atUs));
    this.#filledAtUs = Math.max(atUs, this.#filledAtUs ?? atUs);
    if (this.#left >= this.#base) return;
    this.#left = Math.min(this.#base, this.#left + (elapsedUs / SECOND_US) * inflateRefill);
  }

  /** Adds the allowance of a message of that many bytes on the wire. */
  earn(wireBytes: number): void {
    this.#left = Math.min(this.#most, this.#left + inflateGrant + wireBytes * inflateRatio);
    this.#shared?.earn(wireBytes);
  }

  /** Subtracts output; returns false once the budget is used up. */
  spend(bytes: number): boolean {
    this.#left -= bytes;
    return (this.#shared === null || this.#shared.#spendShared(bytes)) && this.#left >= 0;
  }

  /** Subtracts output of one of many; output beyond the budget is not charged to the others. */
  #spendShared(bytes: number): boolean {
    const isWithin = this.#left >= bytes;
    this.#left = Math.max(0, this.#left - bytes);
    return isWithin;
  }

  /** Subtracts the cost of a block's tables; returns false once the budget is used up. */
  spendBlock(): boolean {
    return this.spend(inflateBlock);
  }

  /** Output that the budget still allows, at least 1. */
  get left(): number {
    return Math.min(Math.max(1, this.#left), this.#shared?.left ?? Infinity);
  }
}
