/**
 * Rotator: rotates the database when it is asked to, or when the file is too large or too old, and deletes the oldest of
 * those that it has put aside.
 *
 * The writer thread rotates between two batches: what arrives meanwhile waits in the queue. Connections, sessions and
 * compression contexts are the recorder thread's, which does not notice.
 */
import { errorCode } from '../errors.js';
import type { Host } from '../host.js';
import { sometimes } from '../sometimes.js';
import { deleteRotated, listRotatedFiles } from '../store/rotated-files.js';
import type { RotationOrder } from './boundary.js';
import type { SteadyStore } from './steady-store.js';

/** Pause after a rotation by itself that could not be done. */
const RETRY_MS = 60_000;

/** What a rotator needs to know and to say. */
export interface RotatorParts {
  readonly store: Pick<SteadyStore, 'isOver' | 'rotate' | 'path'>;
  readonly order: RotationOrder;
  /** Whether a rotation was asked for since the last call. */
  readonly takeRequest: () => boolean;
  /** Called after each attempt, with the path of the file that was put aside, or null. */
  readonly onRotated: (file: string | null) => void;
  readonly log: Host['log'];
}

/** Rotates one store. */
export class Rotator {
  readonly #parts: RotatorParts;
  #notBeforeMs = -Infinity;

  constructor(parts: RotatorParts) {
    this.#parts = parts;
  }

  /** Rotates if that is due at `nowMs`, by a clock that never runs backwards. */
  step(nowMs: number): void {
    const { store, order, takeRequest, onRotated, log } = this.#parts;
    const isAsked = takeRequest();
    const isDue = isAsked || (nowMs >= this.#notBeforeMs && store.isOver(order));
    if (!isDue) return;
    const file = store.rotate();
    onRotated(file);
    if (file === null) {
      this.#notBeforeMs = nowMs + RETRY_MS;
      return;
    }
    sometimes('the database was rotated');
    log(
      'info',
      `the database was rotated: ${file} has what was recorded so far, and ${store.path} goes on`,
      'rotated',
    );
    if (order.keep !== null) this.#deleteOldest(store.path, order.keep);
  }

  #deleteOldest(path: string, keep: number): void {
    const { log } = this.#parts;
    const files = listRotatedFiles(path);
    for (const file of files.slice(0, Math.max(0, files.length - keep))) {
      try {
        deleteRotated(file);
        sometimes('a file that had been put aside was deleted');
        log('info', `${file} was deleted, as --keep ${keep} says`, 'rotated_file_deleted');
      } catch (error) {
        if (errorCode(error) === '') throw error;
        log(
          'warn',
          `${file} cannot be deleted (${errorCode(error)}): delete it, and look at the rights of its folder`,
          'rotated_file_kept',
        );
      }
    }
  }
}
