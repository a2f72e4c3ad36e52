/**
 * Renamings: the order of a recording with the present name of its database, and who waits for another name.
 */
import type { Renaming, StartOrder } from './boundary.js';

const NO_ROTATION = { bytes: Infinity, ageUs: Infinity, keep: null, shipped: null };

/** Renamings of one recording. */
export class Renamings {
  /** Order for the next pair of threads; null before the first one. */
  order: StartOrder | null = null;
  /** The order before the database made way. */
  #home: StartOrder | null = null;
  #waiting: ((file: string | null) => void)[] = [];

  /** Calls `ask`, unless it is null; resolves to the path that the file has then, or to null if it was not renamed. */
  async rename(how: Renaming, ask: (() => void) | null): Promise<string | null> {
    // Another recorder rotates once this one has made way.
    if (ask === null || (how === 'rotate' && this.#home !== null)) return null;
    ask();
    const file = await new Promise<string | null>((resolve) => this.#waiting.push(resolve));
    if (file !== null && this.order !== null) this.#note(how, file, this.order);
    return file;
  }

  #note(how: Renaming, file: string, order: StartOrder): void {
    if (how === 'make way') {
      this.#home = order;
      this.order = { ...order, db: file, rotation: NO_ROTATION };
    } else if (how === 'move back') {
      this.order = this.#home ?? order;
      this.#home = null;
    }
  }

  /** A renaming was tried, or cannot be tried any more. */
  answer(file: string | null): void {
    for (const resolve of this.#waiting.splice(0)) resolve(file);
  }
}
