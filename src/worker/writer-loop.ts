/**
 * Writer loop: batches of records → database, until the last one.
 *
 * It runs synchronously from start to end and sleeps between batches; now and then it looks after the file. While a batch
 * cannot be written, the slots fill, then the ring, and the relay pauses or drops as it was told to.
 */
import type { BatchReceiver } from './batch-receiver.js';
import { writeFigures } from './boundary.js';
import type { SteadyStore } from './steady-store.js';

/** How often the file is looked after, whether there is something to write or not. */
const LOOK_MS = 500;

/** What the loop works with. */
export interface WriterParts {
  readonly batches: BatchReceiver;
  readonly store: Pick<SteadyStore, 'append' | 'lookAfter' | 'counters'>;
  readonly figures: SharedArrayBuffer;
}

/** Writes every batch. Throws what the store throws, with everything committed that could be. */
export function runWriterLoop({ batches, store, figures }: WriterParts): void {
  let lookedAtMs = performance.now();
  for (;;) {
    if (batches.wait(LOOK_MS)) {
      const records = batches.take();
      if (records === null) return;
      store.append(records);
      batches.giveBack();
      writeFigures(figures, store.counters());
    }
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_MS) continue;
    lookedAtMs = nowMs;
    store.lookAfter();
  }
}
