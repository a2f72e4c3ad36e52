/**
 * A log without floods: an equal line within ten seconds of the last is counted, and told with the number later.
 */
import type { Log, LogLevel } from '../host.js';

const INTERVAL_MS = 10_000;
/** Lines that are kept apart. What is more than that passes unfolded. */
const MAX_LINES = 256;

/** A log, and how to let go of what it holds. */
export interface FoldedLog {
  readonly log: Log;
  readonly flush: () => void;
}

interface Repeated {
  readonly level: LogLevel;
  readonly timer: NodeJS.Timeout;
  count: number;
}

/** `log`, which hears each line at once, and its repetitions once an interval. */
export function foldRepeats(log: Log): FoldedLog {
  const repeated = new Map<string, Repeated>();
  const settle = (line: string): void => {
    const { level, count, timer } = repeated.get(line) ?? { level: 'warn', count: 0, timer: undefined };
    clearTimeout(timer);
    repeated.delete(line);
    if (count > 0) log(level, `${line} (${count} more in ${INTERVAL_MS / 1_000} s)`);
    // As long as it goes on, it is told once an interval.
    if (count > 0) hold(level, line);
  };
  const hold = (level: LogLevel, line: string): void => {
    if (repeated.size >= MAX_LINES) return;
    const timer = setTimeout(() => settle(line), INTERVAL_MS).unref();
    repeated.set(line, { level, timer, count: 0 });
  };
  return {
    log(level, line) {
      const known = repeated.get(line);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      hold(level, line);
      log(level, line);
    },
    flush() {
      for (const [line, { level, count, timer }] of repeated) {
        clearTimeout(timer);
        if (count > 0) log(level, `${line} (${count} more)`);
      }
      repeated.clear();
    },
  };
}
