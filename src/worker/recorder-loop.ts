/**
 * Recorder loop: ring → CaptureRecorder → Batch → database, until the ring says `stop`.
 *
 * It runs synchronously from start to end: the thread has nothing else to do, and sleeps in the ring when
 * that is empty. A transaction that fails for a passing reason is tried again for a while; meanwhile the
 * ring fills, and the relay pauses or drops as it was told to.
 */
import type { Batch } from '../capture/batch.js';
import type { CaptureRecorder } from '../capture/recorder.js';
import type { Retention } from '../store/upkeep/retention.js';
import type { CaptureStore } from '../store/store.js';
import { writeFigures } from './figures.js';
import { readMessage } from './messages.js';
import { retry } from './retry.js';
import type { RingReader } from './ring.js';

/** Bytes that are worth interrupting a nap for, whatever the time. */
const NAP_BYTES = 2 ** 20;

const LONG_MS = 60_000;

/** What the loop works with. */
export interface LoopParts {
  readonly ring: RingReader;
  readonly recorder: CaptureRecorder;
  readonly batch: Batch;
  readonly store: CaptureStore;
  /** Null where the database may grow as it will. */
  readonly retention: Retention | null;
  readonly figures: SharedArrayBuffer;
  readonly nowUs: () => number;
  /** Called when there is room in the ring, after the relay has asked. */
  readonly onRoom: () => void;
}

/** Records until `stop`. Throws what the store throws, with everything committed that could be. */
export function runRecorderLoop(parts: LoopParts): void {
  const { ring, recorder, batch, nowUs } = parts;
  for (;;) {
    const message = readMessage(ring);
    if (message === null) rest(parts);
    else if (message.type === 'stop') {
      batch.add(recorder.finish(message.atUs), nowUs());
      commit(parts);
      return;
    } else {
      const now = nowUs();
      batch.add(recorder.accept(message), now);
      if (batch.isDue(now)) commit(parts);
    }
    if (ring.takeRoomRequest()) parts.onRoom();
  }
}

/** Writes what the batch holds. */
export function commit(parts: LoopParts): void {
  if (parts.batch.size === 0) return;
  const records = parts.batch.take();
  retry(() => parts.store.append(records));
  retry(() => parts.retention?.step());
  writeFigures(parts.figures, parts.store.counters());
}

/** The ring is empty: sleeps until something comes or, with records at hand, until they are due. */
function rest(parts: LoopParts): void {
  const { ring, batch, nowUs } = parts;
  const { dueAtUs } = batch;
  if (dueAtUs === null) {
    ring.sleep(1, LONG_MS);
    return;
  }
  const waitMs = (dueAtUs - nowUs()) / 1000;
  // Records are waiting anyway: what comes now may wait with them, and need not wake us one by one.
  if (waitMs > 0) ring.sleep(Math.min(NAP_BYTES, ring.lowWater), waitMs);
  else commit(parts);
}
