/**
 * Decoder thread: the entry point of a worker that decodes a part of the connections. Runs the decoder loop on order.
 *
 * The thread answers with `ready` and ends with `finished` or `failed`; every error is reported.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureDecoder } from '../capture/capture-decoder.js';
import { findSecretKeys } from '../gateway/redact/redact.js';
import { systemNowUs } from '../host.js';
import { HeldBytes } from '../wire/held-bytes.js';
import { BatchSender } from './batch-sender.js';
import { SlotSender } from './batch-slots.js';
import { type DecodeOrder, packFailure, type RecorderNotice } from './boundary.js';
import { DECODED_AGE_US, runDecoderLoop } from './decoder-loop.js';
import { Ring, RingReader } from './ring.js';
import type { DecoderMemory } from './thread.js';
import { lowerPriority } from './thread-priority.js';

const post = (notice: RecorderNotice): void => parentPort?.postMessage(notice);
const memory = workerData as DecoderMemory;

parentPort?.once('message', (order: DecodeOrder) => {
  try {
    decode(order);
    post({ type: 'finished' });
  } catch (error) {
    post({ type: 'failed', failure: packFailure(error) });
  }
});

function decode({ redaction, maxPayloadBytes }: DecodeOrder): void {
  const decoder = new CaptureDecoder({
    redactor: { secretKeys: findSecretKeys(redaction) },
    maxPayloadBytes,
    held: new HeldBytes(undefined, memory.held),
    isLive: true,
    report: (line) => post({ type: 'report', line }),
  });
  const recorderRing = new Ring(memory.recorderRing);
  const slots = new SlotSender(memory.slots, () => recorderRing.wake());
  const batches = new BatchSender(slots, memory.port, () => [], DECODED_AGE_US);
  lowerPriority();
  post({ type: 'ready' });
  try {
    runDecoderLoop({ ring: new RingReader(memory.ring), decoder, batches, nowUs: systemNowUs });
  } finally {
    // A bug in decoding must not lose what was decoded before.
    batches.send();
  }
}
