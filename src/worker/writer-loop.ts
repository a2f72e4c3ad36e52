/**
 * Writer loop: batches of records → database, until the last one.
 *
 * It runs synchronously from start to end and sleeps between batches. A transaction that fails for a passing reason is
 * tried again for a while; meanwhile the slots fill, then the ring, and the relay pauses or drops as it was told to.
 */
import type { Retention } from '../store/upkeep/retention.js';
import type { CaptureStore } from '../store/store.js';
import type { BatchReceiver } from './batch-receiver.js';
import { writeFigures } from './figures.js';
import { retry } from './retry.js';

/** What the loop works with. */
export interface WriterParts {
  readonly batches: BatchReceiver;
  readonly store: CaptureStore;
  /** Null where the database may grow as it will. */
  readonly retention: Retention | null;
  readonly figures: SharedArrayBuffer;
}

/** Writes every batch. Throws what the store throws, with everything committed that could be. */
export function runWriterLoop({ batches, store, retention, figures }: WriterParts): void {
  for (let records = batches.take(); records !== null; records = batches.take()) {
    const batch = records;
    retry(() => store.append(batch));
    batches.giveBack();
    retry(() => retention?.step());
    writeFigures(figures, store.counters());
  }
}
