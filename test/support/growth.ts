/** How time grows with what is worked on: ratios within one run, as seconds say nothing on a busy machine. */

/** Shortest of some runs, in ms. */
export function bestOf(runs: number, work: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.max(Math.min(...times), 0.05);
}

/** How many times as long 1 MiB takes as 64 KiB, which is 16 where time grows with the length; best of three each. */
export function growth(work: (length: number) => () => unknown): number {
  const [small, large] = [2 ** 16, 2 ** 20].map((length) => bestOf(3, work(length)));
  return (large ?? Infinity) / (small ?? 1);
}
