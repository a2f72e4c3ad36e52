/**
 * Open gaps: unrecorded stretches of streams. Each grows until it can be sent to the recorder.
 *
 * A stream is the bytes of one sender on one connection.
 */
import { streamKey } from '../capture/streams.js';
import type { TapEvent } from '../capture/tap.js';
import { sometimes } from '../sometimes.js';
import type { Sender } from '../wire/frame.js';

/** An unrecorded stretch of a stream. */
export type Gap = Extract<TapEvent, { readonly type: 'gap' }>;

/** The open gaps, at most one a stream. */
export class OpenGaps {
  readonly #gaps = new Map<number, Gap>();

  get size(): number {
    return this.#gaps.size;
  }

  has(connection: number, sender: Sender): boolean {
    return this.#gaps.has(streamKey(connection, sender));
  }

  /** A snapshot of all of them. */
  list(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  /** Opens a gap, or extends the open one. */
  add(gap: Gap): void {
    const key = streamKey(gap.connection, gap.sender);
    const open = this.#gaps.get(key);
    if (open === undefined) {
      this.#gaps.set(key, gap);
      return;
    }
    const fromUs = Math.min(open.fromUs, gap.fromUs);
    const untilUs = Math.max(open.untilUs, gap.untilUs);
    this.#gaps.set(key, { ...gap, fromUs, untilUs, bytes: open.bytes + gap.bytes });
  }

  /** Closes a stream's gap and returns it, or undefined if no gap is open. */
  take(connection: number, sender: Sender): Gap | undefined {
    const key = streamKey(connection, sender);
    const gap = this.#gaps.get(key);
    this.#gaps.delete(key);
    if (gap !== undefined && gap.bytes > 0) sometimes('a gap was sent to the recorder');
    return gap;
  }
}
