/**
 * Writer loop: batches of records → database, until the last one.
 *
 * It runs synchronously from start to end and sleeps between batches. At intervals it maintains the file. While a batch
 * cannot be written, the slots fill, then the ring, and the relay pauses or drops, as configured.
 */
import type { BatchReceiver } from './batch-receiver.js';
import { writeFigures } from './boundary.js';
import type { SteadyStore } from './steady-store.js';

/** Interval of the file's maintenance, with or without records to write. */
const LOOK_MS = 500;

/** Parts that the loop uses. */
export interface WriterParts {
  readonly batches: BatchReceiver;
  readonly store: Pick<SteadyStore, 'append' | 'makeRoom' | 'lookAfter' | 'counters'>;
  readonly figures: SharedArrayBuffer;
  /** Called at intervals, after the file was looked after; `nowMs` never runs backwards. */
  readonly tick: (nowMs: number) => void;
}

/** Writes every batch. Throws the store's errors, after everything possible was committed. */
export function runWriterLoop(parts: WriterParts): void {
  let lookedAtMs = performance.now();
  for (;;) {
    if (parts.batches.wait(LOOK_MS) && !writeNext(parts)) return;
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_MS) continue;
    lookedAtMs = nowMs;
    lookAfterFile(parts, nowMs);
  }
}

/** Writes the next batch, as soon as there is one; returns false after the last. */
export function writeNext({ batches, store, figures }: WriterParts): boolean {
  const records = batches.take();
  if (records === null) return false;
  store.append(records);
  // At once after the commit: of what is in the database and not given back, a death would make gaps, too.
  batches.giveBack();
  writeFigures(figures, store.counters());
  store.makeRoom();
  return true;
}

/** Maintains the file. */
export function lookAfterFile({ store, figures, tick }: WriterParts, nowMs: number): void {
  store.lookAfter();
  tick(nowMs);
  writeFigures(figures, store.counters());
}
