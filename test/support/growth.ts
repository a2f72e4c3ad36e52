/** How time grows with what is worked on: ratios within one run, as seconds say nothing on a busy machine. */
import { cpuUsage } from 'node:process';

/** Shortest of some runs, in ms of this process's time on a core: waiting for a core does not count. */
export function bestOf(runs: number, work: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const before = cpuUsage();
    work();
    const { user, system } = cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.max(Math.min(...times), 0.05);
}

/** What is shorter says more about the machine than about the work, in ms. */
const SHORTEST_MS = 4;

/** How many times as long 1 MiB takes as 64 KiB, which is 16 where time grows with the length; the best of several. */
export function growth(work: (length: number) => () => unknown): number {
  const large = bestOf(1, work(2 ** 20));
  const small = Math.max(bestOf(3, work(2 ** 16)), SHORTEST_MS);
  return large < 32 * small ? large / small : Math.min(large, bestOf(2, work(2 ** 20))) / small;
}
