/**
 * IdentifyLimiter: how many shards may identify at once.
 *
 * Shards fall into as many buckets as `max_concurrency` says, by their id; each bucket takes one IDENTIFY in five
 * seconds. Source: Discord Docs/Gateway, "Sharding", "Max Concurrency".
 */

const IDENTIFY_WINDOW_US = 5_000_000;

/** Buckets of one bot. */
export class IdentifyLimiter {
  readonly #maxConcurrency: number;
  readonly #admittedAtUs = new Map<number, number>(); // last, by bucket

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  /** Whether the shard may identify now; then its bucket is taken. */
  admit(shard: number, nowUs: number): boolean {
    const bucket = shard % this.#maxConcurrency;
    if (nowUs - (this.#admittedAtUs.get(bucket) ?? -Infinity) < IDENTIFY_WINDOW_US) return false;
    this.#admittedAtUs.set(bucket, nowUs);
    return true;
  }
}
