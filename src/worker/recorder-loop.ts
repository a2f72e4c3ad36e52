/**
 * Recorder loop: ring → CaptureRecorder → BatchSender, until the ring says `stop`.
 *
 * It runs synchronously from start to end: the thread has nothing else to do, and sleeps in the ring when
 * that is empty. Where the writer thread is behind, it waits for it; meanwhile the ring fills, and the relay pauses or
 * drops as it was told to.
 */
import type { CaptureRecorder } from '../capture/recorder.js';
import type { BatchSender } from './batch-sender.js';
import { waitForBurst } from './courtesy.js';
import { readMessage } from './messages.js';
import type { RingReader } from './ring.js';

const LONG_MS = 60_000;

/** What the loop works with. */
export interface RecorderParts {
  readonly ring: RingReader;
  readonly recorder: CaptureRecorder;
  readonly batches: BatchSender;
  readonly nowUs: () => number;
  /** Called when there is room in the ring, after the relay has asked. */
  readonly onRoom: () => void;
}

/** Records until `stop`, or until nobody writes the records any more. */
export function runRecorderLoop(parts: RecorderParts): void {
  const { ring, recorder, batches, nowUs } = parts;
  while (!batches.isClosed) {
    const message = readMessage(ring);
    if (message === null) sleepUntilWork(parts);
    else if (message.type === 'stop') {
      batches.add(recorder.finish(message.atUs), nowUs());
      batches.entries = ring.count;
      batches.send();
      batches.finish();
      return;
    } else {
      const now = nowUs();
      batches.add(recorder.accept(message), now);
      batches.entries = ring.count;
      if (batches.isDue(now)) batches.send();
    }
    if (ring.takeRoomRequest()) parts.onRoom();
  }
}

/** The ring is empty: sleeps until something comes or, with records at hand, until they are due. */
function sleepUntilWork({ ring, batches, nowUs }: RecorderParts): void {
  const { dueAtUs } = batches;
  if (dueAtUs === null) ring.sleep(1, LONG_MS);
  else {
    // Records are waiting anyway: what comes now may wait with them, and need not wake us one by one.
    const waitMs = (dueAtUs - nowUs()) / 1000;
    if (waitMs > 0) ring.sleep(ring.highWater, waitMs);
    batches.send();
  }
  waitForBurst(ring);
}
