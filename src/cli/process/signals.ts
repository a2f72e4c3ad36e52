/**
 * Signals that ask a long-running command to stop.
 *
 * The first one asks it to finish; another one, a moment later, ends the process at once. An interrupted command ends by
 * the signal, as if it had not been caught, so that scripts stop and shells report 130 for Ctrl-C.
 */
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

// SIGHUP is sent when the terminal is closed; the recording must be kept then, too.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals within this time after the first one are the same one, in ms: npm and timeout(1) pass on a signal that the
 * terminal has sent to the whole process group. No user is so fast.
 */
const ECHO_MS = 200;

/** Listeners of `stopSignal`. */
const listeners: NodeJS.SignalsListener[] = [];

/** A signal that aborts when this process is asked to stop. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let askedAtMs = Infinity;
  const onSignal = (name: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (nowMs - askedAtMs > ECHO_MS) endAtOnce(name);
    askedAtMs = Math.min(askedAtMs, nowMs);
    controller.abort(name);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  listeners.push(onSignal);
  return controller.signal;
}

/**
 * Ends the process by the signal itself. `process.exit` would wait for the threads, and run the destructors of SQLite's
 * addon while a thread executes a statement, which sometimes crashes. Databases survive this like kill -9.
 */
function endAtOnce(name: NodeJS.Signals): void {
  releaseSignals();
  process.kill(process.pid, name);
}

/** Restores the default actions of the signals. */
export function releaseSignals(): void {
  for (const listener of listeners.splice(0)) {
    for (const name of SIGNALS) process.removeListener(name, listener);
  }
}

/** Makes the process end by the signal that aborted `stop`, when nothing is left to do. */
export function endBySignal(stop: AbortSignal): void {
  const name = stop.reason as NodeJS.Signals;
  // For systems without signals.
  process.exitCode = 128 + constants.signals[name];
  process.once('exit', () => {
    endAtOnce(name);
  });
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
