/**
 * Clock: durations and timers of the recorder threads' owner. A simulation has a clock of its own.
 */

/** A monotonic clock with timers. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls back after `delayMs`; returns a function that prevents it. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** The clock of the process. */
export const SYSTEM_CLOCK: Clock = Object.freeze({
  nowMs: () => performance.now(),
  after: (delayMs: number, call: () => void) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
});
