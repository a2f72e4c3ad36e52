/**
 * Sparklines: counts over time as one line of blocks.
 */

const LEVELS = '▁▂▃▄▅▆▇█';

/** What happened in one bucket of time. */
export interface TimedCount {
  /** Start of the bucket, µs since the Unix epoch. */
  readonly atUs: number;
  readonly count: number;
}

/** A line of blocks, and what they stand for. */
export interface Sparkline {
  readonly blocks: string;
  /** Length of time that one block stands for, in µs. */
  readonly blockUs: number;
  /** Count of the highest block, and its start. */
  readonly peak: TimedCount;
}

/**
 * At most `width` blocks over buckets of `bucketUs`, some of which may be missing or come several times; null where
 * there are fewer than two buckets. A gap is a space.
 */
export function sparkline(counts: readonly TimedCount[], bucketUs: number, width: number): Sparkline | null {
  const times = counts.map(({ atUs }) => atUs);
  const first = times.reduce((one, other) => Math.min(one, other), Infinity);
  const last = times.reduce((one, other) => Math.max(one, other), -Infinity);
  if (!(last > first)) return null;
  const blockUs = bucketUs * Math.ceil(((last - first) / bucketUs + 1) / width);
  const sums = new Array<number>(Math.floor((last - first) / blockUs) + 1).fill(0);
  for (const { atUs, count } of counts) {
    const index = Math.floor((atUs - first) / blockUs);
    sums[index] = (sums[index] ?? 0) + count;
  }
  const highest = sums.reduce((one, other) => Math.max(one, other), 0);
  const blocks = sums.map((sum) => (sum === 0 ? ' ' : (LEVELS[Math.ceil((sum * 8) / highest) - 1] ?? ' ')));
  return {
    blocks: blocks.join(''),
    blockUs,
    peak: { atUs: first + sums.indexOf(highest) * blockUs, count: highest },
  };
}
