/**
 * Recorder loop: ring → CaptureRecorder → BatchSender, until the ring says `stop`.
 *
 * It runs synchronously from start to end: the thread has no other work, and sleeps in the ring if that is empty. If
 * the writer thread is behind, it waits for it; meanwhile the ring fills, and the relay pauses or drops, as configured.
 */
import type { CaptureRecorder } from '../capture/recorder.js';
import type { BatchSender } from './batch-sender.js';
import { readMessage } from './ring-messages.js';
import type { RingReader } from './ring.js';

const LONG_MS = 60_000;

/** Parts that the loop uses. */
export interface RecorderParts {
  readonly ring: RingReader;
  readonly recorder: CaptureRecorder;
  readonly batches: BatchSender;
  readonly nowUs: () => number;
  /** Called when the ring has room, after the relay has asked. */
  readonly onRoom: () => void;
}

/** Records until `stop`, or until the writer is gone. */
export function runRecorderLoop(parts: RecorderParts): void {
  const { ring, batches } = parts;
  while (!batches.isClosed) {
    const step = recordNext(parts);
    if (step === 'stopped') return;
    if (step === 'empty') sleepUntilWork(parts);
    if (ring.takeRoomRequest()) parts.onRoom();
  }
}

/** Records the next message, if there is one; `stopped` after the last. Never sleeps, except while every slot is taken. */
export function recordNext({
  ring,
  recorder,
  batches,
  nowUs,
}: RecorderParts): 'recorded' | 'empty' | 'stopped' {
  const message = readMessage(ring);
  if (message === null) return 'empty';
  const now = nowUs();
  if (message.type === 'stop') {
    batches.add(recorder.finish(message.atUs), now);
    batches.entries = ring.count;
    batches.send();
    batches.finish();
    return 'stopped';
  }
  batches.add(recorder.accept(message), now);
  batches.entries = ring.count;
  if (batches.isDue(now)) batches.send();
  return 'recorded';
}

/** The ring is empty: sleeps until a message arrives or, with records in hand, until they are due. */
function sleepUntilWork({ ring, batches, nowUs }: RecorderParts): void {
  const { dueAtUs } = batches;
  if (dueAtUs === null) ring.sleep(1, LONG_MS);
  else {
    // Records are waiting already: new messages can wait with them and need not wake this thread one by one.
    const waitMs = (dueAtUs - nowUs()) / 1000;
    if (waitMs > 0) ring.sleep(ring.highWater, waitMs);
    batches.send();
  }
  waitForBurst(ring);
}

/** Interval between looks. */
const SLICE_MS = 4;
/** Bytes that arrive in one interval of a burst, at 64 MB/s and more. */
const FLOWING_BYTES = 2 ** 18;
/** At most 80 ms: after that it is load and not a burst, or the queue cannot hold it. */
const MAX_SLICES = 20;

/**
 * Sleeps until the burst that has just begun is over; returns at once if there is no burst.
 *
 * Decoding a byte costs some fifty times as much as relaying it. On a machine with few cores, a recorder that starts
 * at the first chunk takes the processor from the sender, the relay and the receiver. It has decoded one or two per
 * cent of the burst by its end, and the burst takes longer. So it sleeps while bytes arrive faster than it could
 * decode them, for a limited time and while there is room. A recorder that is behind never gets here.
 */
export function waitForBurst(ring: RingReader): void {
  for (let slice = 0; slice < MAX_SLICES; slice += 1) {
    const before = ring.depth;
    ring.sleep(ring.highWater, SLICE_MS);
    const { depth } = ring;
    if (depth - before < FLOWING_BYTES || depth >= ring.highWater) return;
  }
}
