/**
 * Host: the clock, the log and randomness, the impure inputs of gatetape.
 *
 * Pure folders (wire, gateway, capture, replay) never import this file: they get times as arguments. Shells take a
 * `Host` as an argument, so that tests can replace it.
 */
import { randomBytes } from 'node:crypto';

/** Levels of the log, most important first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Receives diagnostics: one line, no secret, no trailing newline. */
export type Log = (level: LogLevel, line: string) => void;

/** Everything impure that the shells need. */
export interface Host {
  /** Current time in µs since the Unix epoch; never runs backwards within a process. */
  readonly nowUs: () => number;
  readonly log: Log;
  /** Random bytes fit for keys and ids. */
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Monotonic wall clock: the process start by the wall clock plus the monotonic time since, in µs. */
export function systemNowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** Real host; without a `log` it prints nothing, as a library must. */
export function systemHost(log: Log = () => undefined): Host {
  return Object.freeze({ nowUs: systemNowUs, log, randomBytes: (count: number) => randomBytes(count) });
}
