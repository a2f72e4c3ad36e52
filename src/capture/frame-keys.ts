/**
 * Facts of a frame: what it is, as one of the few hundred combinations of (sender, kind, status, op, event) that occur.
 *
 * Whoever says a combination once and then names it by a number finds it here: the database's dictionary and the
 * batches between two threads. A peer may invent event names without end, so a table forgets all when it is full.
 */
import { BOUNDS } from '../wire/bounds.js';
import type { FrameRecord } from './records.js';

/** What a frame is, apart from what it says. */
export type FrameKey = Pick<FrameRecord, 'sender' | 'kind' | 'status' | 'op' | 'event'>;

/** Combinations that were met, each with what is known of it. */
export class FrameKeyTable<T extends FrameKey> {
  // By op, then event; of the few that are left, the right one is found by looking.
  #byOp = new Map<number | null, Map<string | null, T[]>>();
  #size = 0;

  /** How many combinations are known. */
  get size(): number {
    return this.#size;
  }

  /** What is known of a frame's combination. */
  find(frame: FrameKey): T | undefined {
    const alike = this.#byOp.get(frame.op)?.get(frame.event);
    if (alike === undefined) return undefined;
    for (const known of alike) {
      if (known.sender === frame.sender && known.status === frame.status && known.kind === frame.kind)
        return known;
    }
    return undefined;
  }

  /** Whether the next `add` forgets everything that is known. */
  get isFull(): boolean {
    return this.#size >= BOUNDS.frameFacts;
  }

  /** Remembers the combination of `frame`, which is a new one. */
  add({ op, event }: FrameKey, known: T): void {
    if (this.isFull) this.clear();
    let byEvent = this.#byOp.get(op);
    if (byEvent === undefined) this.#byOp.set(op, (byEvent = new Map<string | null, T[]>()));
    const alike = byEvent.get(event);
    if (alike === undefined) byEvent.set(event, [known]);
    else alike.push(known);
    this.#size += 1;
  }

  /** Forgets everything. */
  clear(): void {
    this.#byOp = new Map();
    this.#size = 0;
  }
}
