/**
 * Histogram: how often each value occurs, for exact percentiles in one pass.
 *
 * Percentiles are nearest-rank: the smallest value that at least p percent of all values do not exceed.
 */

/** Counts values; needs memory for the distinct ones only. */
export class Histogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(value: number, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    this.#total += count;
  }

  /** Adds everything that `other` holds. */
  merge(other: Histogram): void {
    for (const [value, count] of other.#counts) this.add(value, count);
  }

  /** Values at percentages that ascend, 0 < p ≤ 100; null each when there are no values. */
  percentiles(percentages: readonly number[]): readonly (number | null)[] {
    const values = [...this.#counts.keys()].sort((a, b) => a - b);
    let seen = 0;
    let next = 0;
    return percentages.map((percentage) => {
      const rank = Math.ceil((percentage * this.#total) / 100);
      while (next < values.length && seen < rank) {
        seen += this.#counts.get(values[next] ?? 0) ?? 0;
        next += 1;
      }
      return values[next - 1] ?? null;
    });
  }
}
