/**
 * Long work in steps: a status line on a terminal while it goes on, and Ctrl-C between two steps.
 */
import { setImmediate } from 'node:timers/promises';
import { endBySignal, releaseSignals, stopSignal } from '../process/signals.js';
import { StatusLine } from './status-line.js';

/**
 * Takes every step, until the user asks to stop; `text` is what the status line says. Returns whether it came to the
 * end: where it did not, the process is going to end by the signal.
 */
export async function takeSteps<Step>(
  steps: Iterable<Step>,
  onStep: (step: Step) => void,
  text: () => string,
): Promise<boolean> {
  const stop = stopSignal();
  const status = new StatusLine(process.stderr, text);
  status.start();
  try {
    for (const step of steps) {
      onStep(step);
      // The timer of the status line, and signals, have their turn.
      await setImmediate();
      if (!stop.aborted) continue;
      endBySignal(stop);
      return false;
    }
    return true;
  } finally {
    releaseSignals();
    status.stop();
  }
}
