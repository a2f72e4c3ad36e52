/**
 * Frame keys: the few hundred combinations of (sender, kind, status, op, event) that occur.
 *
 * The database's dictionary and the batches between two threads write a combination once and then refer to it by a
 * number. A peer can invent any number of event names, so a table is cleared when it is full.
 */
import { BOUNDS } from '../wire/bounds.js';
import type { FrameKey } from './columns.js';

/** Known combinations, each with a value. */
export class FrameKeyTable<T extends FrameKey> {
  // By op, then event; the few remaining candidates are searched linearly.
  #byOp = new Map<number | null, Map<string | null, T[]>>();
  #size = 0;

  /** Number of known combinations. */
  get size(): number {
    return this.#size;
  }

  /** Value of a frame's combination. */
  find(frame: FrameKey): T | undefined {
    const alike = this.#byOp.get(frame.op)?.get(frame.event);
    if (alike === undefined) return undefined;
    for (const known of alike) {
      if (known.sender === frame.sender && known.status === frame.status && known.kind === frame.kind)
        return known;
    }
    return undefined;
  }

  /** Whether the next `add` clears the table. */
  get isFull(): boolean {
    return this.#size >= BOUNDS.frameFacts;
  }

  /** Adds the combination of `frame`, which must be new. */
  add({ op, event }: FrameKey, known: T): void {
    if (this.isFull) this.clear();
    let byEvent = this.#byOp.get(op);
    if (byEvent === undefined) this.#byOp.set(op, (byEvent = new Map<string | null, T[]>()));
    const alike = byEvent.get(event);
    if (alike === undefined) byEvent.set(event, [known]);
    else alike.push(known);
    this.#size += 1;
  }

  /** Clears the table. */
  clear(): void {
    this.#byOp = new Map();
    this.#size = 0;
  }
}
