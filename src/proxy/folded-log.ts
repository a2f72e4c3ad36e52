/**
 * A log without floods: a line that repeats within ten seconds is counted, and logged later with the number.
 */
import type { Log, LogEvent, LogLevel } from '../host.js';

const INTERVAL_MS = 10_000;
/** Limit of distinct lines that are tracked. Further lines pass unfolded. */
const MAX_LINES = 256;

/** A log, and a function to flush the counts that it holds. */
export interface FoldedLog {
  readonly log: Log;
  readonly flush: () => void;
}

interface Repeated {
  readonly level: LogLevel;
  readonly event: LogEvent;
  readonly timer: NodeJS.Timeout;
  count: number;
}

/** `log` that gets each new line at once, and its repetitions once an interval. */
export function foldRepeats(log: Log): FoldedLog {
  const repeated = new Map<string, Repeated>();
  const settle = (line: string): void => {
    const known = repeated.get(line);
    if (known === undefined) return;
    const { level, event, count, timer } = known;
    clearTimeout(timer);
    repeated.delete(line);
    if (count > 0) log(level, `${line} (${count} more in ${INTERVAL_MS / 1_000} s)`, event);
    // While it repeats, it is logged once an interval.
    if (count > 0) hold(level, line, event);
  };
  const hold = (level: LogLevel, line: string, event: LogEvent): void => {
    if (repeated.size >= MAX_LINES) return;
    const timer = setTimeout(() => settle(line), INTERVAL_MS).unref();
    repeated.set(line, { level, event, timer, count: 0 });
  };
  return {
    log(level, line, event) {
      const known = repeated.get(line);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      hold(level, line, event);
      log(level, line, event);
    },
    flush() {
      for (const [line, { level, event, count, timer }] of repeated) {
        clearTimeout(timer);
        if (count > 0) log(level, `${line} (${count} more)`, event);
      }
      repeated.clear();
    },
  };
}
