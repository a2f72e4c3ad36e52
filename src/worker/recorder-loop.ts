/**
 * Recorder loop: ring → CaptureRecorder → BatchSender, until the ring says `stop`; by way of other threads if these
 * decode (decoder-team.ts).
 *
 * It runs synchronously from start to end: the thread has no other work, and sleeps in the ring if that is empty. If
 * the writer thread is behind, it waits for it; meanwhile the ring fills, and the relay pauses or drops, as configured.
 */
import type { CaptureRecorder } from '../capture/recorder.js';
import type { BatchSender } from './batch-sender.js';
import type { DecoderTeam } from './decoder-team.js';
import { readMessage } from './ring-messages.js';
import type { RingReader } from './ring.js';

const LONG_MS = 60_000;

/** Parts that the loop uses. */
export interface RecorderParts {
  readonly ring: RingReader;
  readonly recorder: CaptureRecorder;
  readonly batches: BatchSender;
  /** Threads that decode; null if this one does. */
  readonly team: DecoderTeam | null;
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

/** What came of a step: `empty` if there was nothing to do, `stopped` after the last message. */
export type RecorderStep = 'recorded' | 'empty' | 'stopped';

/** Records the next message, if there is one. Never sleeps, except while every slot is taken. */
export function recordNext(parts: RecorderParts): RecorderStep {
  return parts.team?.step(parts) ?? recordHere(parts);
}

/** The same for a thread that decodes by itself. */
function recordHere({ ring, recorder, batches, nowUs }: RecorderParts): RecorderStep {
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
function sleepUntilWork(parts: RecorderParts): void {
  const { ring, batches, nowUs, team } = parts;
  if (team?.isBusy === true) {
    sleepUntilDecoded(parts, team);
    return;
  }
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

/** The decoders are at work: sleeps until one of them has something, or can take another message. */
function sleepUntilDecoded({ ring, batches, nowUs }: RecorderParts, team: DecoderTeam): void {
  const { dueAtUs } = batches;
  const waitMs = dueAtUs === null ? LONG_MS : (dueAtUs - nowUs()) / 1000;
  if (waitMs > 0) ring.sleep(team.isFull ? ring.capacity + 1 : 1, waitMs);
  else batches.send();
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
