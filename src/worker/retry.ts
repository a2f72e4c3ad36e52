/**
 * Retry: tries again what failed for a reason that may pass, such as a locked database or a full disk.
 *
 * It blocks its thread while it waits, so it is for the recorder thread only.
 */
import { StoreError } from '../errors.js';
import { errorCode } from '../store/store-error.js';

/** Pauses between attempts; the last failure is the caller's. */
const PAUSES_MS = [20, 50, 100, 200, 400, 800, 1600, 3200, 3200];

// Source: sqlite.org/rescode.html. BUSY has waited for SQLite's own timeout already.
const PASSING = /^SQLITE_(BUSY|LOCKED|FULL)/;

const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Calls `action` until it succeeds, fails for good, or has failed ten times in about ten seconds. */
export function retry(action: () => void, pausesMs: readonly number[] = PAUSES_MS): void {
  for (const pauseMs of pausesMs) {
    try {
      action();
      return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      Atomics.wait(clock, 0, 0, pauseMs);
    }
  }
  action();
}

function isPassing(error: unknown): boolean {
  return error instanceof StoreError && PASSING.test(errorCode(error.cause));
}
