/**
 * Long work in steps, with a status line on a terminal; Ctrl-C stops it between two steps.
 */
import { setImmediate } from 'node:timers/promises';
import { endBySignal, releaseSignals, stopSignal } from '../process/signals.js';
import { StatusLine } from './status-line.js';

/**
 * Takes every step until a signal stops it; `text` gives the text of the status line. Resolves with whether all steps
 * were taken. If not, the process ends by the signal when this command has closed its files.
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
      // Lets the timer of the status line and signals run.
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
