/**
 * Signals that ask a long-running command to stop.
 *
 * The first one asks it to finish what it began; another one, a moment later, ends the process there and then. What was
 * broken off ends by the signal, as if it had not been caught: so scripts stop, and shells say 130 for Ctrl-C.
 */
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

// SIGHUP comes when the terminal is closed: what was recorded shall be kept then, too.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals this soon after the first are the same one: npm and timeout(1) pass on what the terminal has sent to the
 * whole process group already. Nobody's fingers are so fast. In ms.
 */
const ECHO_MS = 200;

/** Those of `stopSignal`. */
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
 * Ends the process by the signal itself. `process.exit` would wait for the threads and run the destructors of SQLite's
 * addon under those that are in the middle of a statement, which crashes now and then. Databases bear this like kill -9.
 */
function endAtOnce(name: NodeJS.Signals): void {
  releaseSignals();
  process.kill(process.pid, name);
}

/** Gives signals back what they do where nobody asks to be told of them. */
export function releaseSignals(): void {
  for (const listener of listeners.splice(0)) {
    for (const name of SIGNALS) process.removeListener(name, listener);
  }
}

/** Has the process end by the signal that made `stop` abort, once it has nothing left to do. */
export function endBySignal(stop: AbortSignal): void {
  const name = stop.reason as NodeJS.Signals;
  // For systems that know no signals.
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
