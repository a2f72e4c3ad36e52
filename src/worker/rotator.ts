/**
 * Rotator: rotates the database when it is asked to, or when the file is too large or too old, and deletes the oldest of
 * those that it has put aside. Renames it when another recorder is to go on under its name.
 *
 * The writer thread rotates between two batches: what arrives meanwhile waits in the queue. Connections, sessions and
 * compression contexts are the recorder thread's, which does not notice.
 */
import type { Host } from '../host.js';
import { sometimes } from '../sometimes.js';
import { listRotatedFiles } from '../store/rotated-files.js';
import { deleteAside } from './aside-files.js';
import type { Renaming, RotationOrder } from './boundary.js';
import type { SteadyStore } from './steady-store.js';

/** Pause after a rotation by itself that could not be done. */
const RETRY_MS = 60_000;

/** Files beyond `--keep` that wait until they are shipped, at least: rotations can follow one another closely. */
const LEAST_UNSHIPPED = 10;

/** What a rotator needs to know and to say. */
export interface RotatorParts {
  readonly store: Pick<SteadyStore, 'isOver' | 'rotate' | 'makeWay' | 'moveBack' | 'path'>;
  readonly order: RotationOrder;
  /** Renaming that was asked for since the last call, or null. */
  readonly takeRequest: () => Renaming | null;
  /** Called after each attempt, with the path that the file has now, or null. */
  readonly onRenamed: (file: string | null, how: Renaming) => void;
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
    const { store, order, takeRequest, onRenamed } = this.#parts;
    const isDue = (): boolean => nowMs >= this.#notBeforeMs && store.isOver(order);
    const how = takeRequest() ?? (isDue() ? 'rotate' : null);
    if (how === 'rotate') this.#rotate(nowMs);
    if (how === 'make way') {
      const file = store.makeWay();
      // Another recorder rotates from now on.
      if (file !== null) this.#notBeforeMs = Infinity;
      onRenamed(file, how);
    }
    if (how === 'move back') {
      this.#notBeforeMs = nowMs;
      onRenamed(store.moveBack(), how);
    }
  }

  #rotate(nowMs: number): void {
    const { store, order, onRenamed, log } = this.#parts;
    const file = store.rotate();
    onRenamed(file, 'rotate');
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
    const { log, order } = this.#parts;
    const files = listRotatedFiles(path);
    // The thread that ships deletes a file that it has shipped. The others wait for the server, up to a number.
    const most = order.shipped === null ? keep : keep + Math.max(keep, LEAST_UNSHIPPED);
    for (const file of files.slice(0, Math.max(0, files.length - most)))
      deleteAside(file, { keep, shipped: order.shipped, log });
  }
}
