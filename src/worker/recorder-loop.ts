/**
 * Recorder loop: ring → CaptureRecorder → BatchSender, until the ring says `stop`.
 *
 * It runs synchronously from start to end: the thread has nothing else to do, and sleeps in the ring when
 * that is empty. Where the writer thread is behind, it waits for it; meanwhile the ring fills, and the relay pauses or
 * drops as it was told to.
 */
import type { CaptureRecorder } from '../capture/recorder.js';
import type { BatchSender } from './batch-sender.js';
import { readMessage } from './ring-messages.js';
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

// Burst wait: the recorder, woken by traffic, lets a burst pass before it takes up its own work.
//
// Decoding a byte costs some fifty times what relaying it costs. On a machine with few cores a recorder that starts at
// the first chunk takes the processor from those who send, relay and receive, and has decoded one or two per cent of the
// burst when it is over: nothing is won, and the burst takes longer. So it sleeps on while bytes keep coming faster than
// it could decode them, for a limited time and while there is room. A recorder that is behind never gets here.

/** How often it looks. */
const SLICE_MS = 4;
/** What comes in a slice of a burst, at 64 MB/s and more. */
const FLOWING_BYTES = 2 ** 18;
/** 80 ms at the most: then it is no burst but load, or one that the queue will not hold. */
const MAX_SLICES = 20;

/** Sleeps until the burst that has just begun is over; not at all long when it is none. */
export function waitForBurst(ring: RingReader): void {
  for (let slice = 0; slice < MAX_SLICES; slice += 1) {
    const before = ring.depth;
    ring.sleep(ring.highWater, SLICE_MS);
    const { depth } = ring;
    if (depth - before < FLOWING_BYTES || depth >= ring.highWater) return;
  }
}
