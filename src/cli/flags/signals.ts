/**
 * Signals that ask a long-running command to stop.
 *
 * The first one asks it to finish what it began; another one, a moment later, ends the process there and then.
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

/** A signal that aborts when this process is asked to stop. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let askedAtMs = Infinity;
  const onSignal = (name: NodeJS.Signals): void => {
    const nowMs = performance.now();
    // By the convention of shells: 128 and the number of the signal.
    if (nowMs - askedAtMs > ECHO_MS) process.exit(128 + constants.signals[name]);
    askedAtMs = Math.min(askedAtMs, nowMs);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return controller.signal;
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
