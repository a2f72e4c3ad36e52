/**
 * Histogram: how often each value occurs, for exact percentiles in one pass.
 *
 * Percentiles are nearest-rank: the smallest value that at least p percent of all values do not exceed.
 */

/** Values below this are counted in an array, once there are enough of them. */
const DENSE = 4096;

/** From so many distinct values on, the array pays. */
const MANY = 256;

/** Counts integers from 0 on; needs memory for the distinct ones only. */
export class Histogram {
  readonly #counts = new Map<number, number>();
  #dense: Float64Array | null = null;
  #total = 0;

  add(value: number, count = 1): void {
    this.#total += count;
    if (this.#dense !== null && value < DENSE) {
      this.#dense[value] = (this.#dense[value] ?? 0) + count;
      return;
    }
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    if (this.#dense === null && this.#counts.size > MANY) this.#goDense();
  }

  /** Adds everything that `other` holds. */
  merge(other: Histogram): void {
    if (other.#total === 0) return;
    for (const [value, count] of other.#entries()) this.add(value, count);
  }

  /** Values at ascending percentages, 0 < p ≤ 100; each is null if there are no values. */
  percentiles(percentages: readonly number[]): readonly (number | null)[] {
    if (this.#total === 0) return percentages.map(() => null);
    const entries = [...this.#entries()].sort(([a], [b]) => a - b);
    let seen = 0;
    let next = 0;
    return percentages.map((percentage) => {
      const rank = Math.ceil((percentage * this.#total) / 100);
      while (next < entries.length && seen < rank) {
        seen += entries[next]?.[1] ?? 0;
        next += 1;
      }
      return entries[next - 1]?.[0] ?? null;
    });
  }

  *#entries(): Generator<readonly [value: number, count: number]> {
    yield* this.#counts;
    for (const [value, count] of this.#dense?.entries() ?? []) if (count > 0) yield [value, count];
  }

  #goDense(): void {
    this.#dense = new Float64Array(DENSE);
    for (const [value, count] of this.#counts) {
      if (value >= DENSE) continue;
      this.#dense[value] = count;
      this.#counts.delete(value);
    }
  }
}
