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

/** Time of each interval in which old bodies are packed: what is idle besides stays idle. */
const PACK_MS = 100;
/** Pause once every old body is packed: the next block takes a while to fill. */
const PACK_PAUSE_MS = 5_000;

/** Parts that the loop uses. */
export interface WriterParts {
  readonly batches: BatchReceiver;
  readonly store: Pick<SteadyStore, 'append' | 'makeRoom' | 'lookAfter' | 'packOld' | 'counters'>;
  readonly figures: SharedArrayBuffer;
  /** Age from which on bodies are packed; null for never. */
  readonly compactAfterUs: number | null;
  /** Called at intervals, after the file was looked after; `nowMs` never runs backwards. */
  readonly tick: (nowMs: number) => void;
}

/** Writes every batch. Throws the store's errors, after everything possible was committed. */
export function runWriterLoop(parts: WriterParts): void {
  let lookedAtMs = performance.now();
  let packAtMs = 0;
  for (;;) {
    if (parts.batches.wait(LOOK_MS) && !writeNext(parts)) return;
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_MS) continue;
    lookedAtMs = nowMs;
    lookAfterFile(parts, nowMs);
    if (nowMs >= packAtMs && !packWhileIdle(parts)) packAtMs = nowMs + PACK_PAUSE_MS;
  }
}

/** Packs old bodies as long as no batch waits, but for a part of the interval at most; returns whether there may be more. */
function packWhileIdle({ batches, store, compactAfterUs }: WriterParts): boolean {
  if (compactAfterUs === null) return false;
  const endMs = performance.now() + PACK_MS;
  while (!batches.wait(0) && performance.now() < endMs) {
    if (!store.packOld(compactAfterUs)) return false;
  }
  return true;
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
