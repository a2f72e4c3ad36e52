/**
 * Signals that ask a long-running command to stop.
 *
 * The first one asks it to finish what it began; a second one ends the process there and then.
 */
import { constants } from 'node:os';

// SIGHUP comes when the terminal is closed: what was recorded shall be kept then, too.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that aborts when this process is asked to stop. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    // By the convention of shells: 128 and the number of the signal.
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
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
