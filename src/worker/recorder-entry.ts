/**
 * Recorder thread: the entry point of the worker that makes records. Runs the recorder loop on order.
 *
 * All slow modules are loaded before the order arrives, while the proxy binds its port. The thread answers with `ready`
 * and ends with `finished` or `failed`; every error is reported.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureRecorder } from '../capture/recorder.js';
import { systemNowUs } from '../host.js';
import { Placeholders } from '../store/placeholders.js';
import { HeldBytes } from '../wire/held-bytes.js';
import { BatchSender } from './batch-sender.js';
import { SlotSender } from './batch-slots.js';
import { packFailure, type RecordOrder, type RecorderNotice } from './boundary.js';
import { DecoderTeam } from './decoder-team.js';
import type { RecorderMemory } from './thread.js';
import { lowerPriority } from './thread-priority.js';
import { runRecorderLoop } from './recorder-loop.js';
import { RingReader } from './ring.js';
import { SecretMemory } from './secret-memory.js';

const post = (notice: RecorderNotice): void => parentPort?.postMessage(notice);
const memory = workerData as RecorderMemory;

parentPort?.once('message', (order: RecordOrder) => {
  try {
    record(order);
    post({ type: 'finished' });
  } catch (error) {
    post({ type: 'failed', failure: packFailure(error) });
  }
});

function record({ redaction, placeholderKey, maxPayloadBytes, maxBodyBytes }: RecordOrder): void {
  const placeholders = new Placeholders(placeholderKey);
  const placeholder = (secret: string): string => placeholders.of(secret);
  const report = (line: string): void => post({ type: 'report', line });
  const team = memory.lanes.length === 0 ? null : new DecoderTeam(memory.lanes);
  const recorder = new CaptureRecorder({
    redaction,
    placeholder,
    maxPayloadBytes,
    maxBodyBytes,
    memory: new SecretMemory(memory.secrets),
    held: new HeldBytes(undefined, memory.held),
    isLive: true,
    isDecoding: team === null,
    report,
  });
  const batches = new BatchSender(new SlotSender(memory.slots), memory.port, () => recorder.unfinished());
  const onRoom = (): void => post({ type: 'drained' });
  lowerPriority();
  post({ type: 'ready' });
  try {
    runRecorderLoop({
      ring: new RingReader(memory.ring),
      recorder,
      batches,
      team,
      nowUs: systemNowUs,
      onRoom,
    });
  } finally {
    // A bug in decoding must not lose the records that were decoded before.
    batches.send();
    team?.close();
  }
}
