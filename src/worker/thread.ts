/**
 * Recorder thread: the entry point of the worker. Opens the database when told to, then runs the loop.
 *
 * Everything slow to load is loaded before the order comes, while the proxy binds its port. The thread
 * answers with `ready`, and ends with `finished` or `failed`; nothing it throws goes unsaid.
 */
import { randomBytes } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Batch } from '../capture/batch.js';
import { CaptureRecorder } from '../capture/recorder.js';
import { systemNowUs } from '../host.js';
import { openStore, type CaptureStore } from '../store/store.js';
import { describeFailure, type SharedMemory, type StartOrder, type ThreadNotice } from './boundary.js';
import { commit, runRecorderLoop, type LoopParts } from './recorder-loop.js';
import { RingReader } from './ring.js';

/** Nice value of this thread: where both want the processor, forwarding goes before recording. */
const NICE = 10;

const post = (notice: ThreadNotice): void => parentPort?.postMessage(notice);
const memory = workerData as SharedMemory;

parentPort?.once('message', (order: StartOrder) => {
  let store: CaptureStore | null = null;
  try {
    store = openStore(order.db, { nowUs: systemNowUs, randomBytes });
    record(order, store);
    store.close();
    post({ type: 'finished', figures: store.counters() });
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
    closeQuietly(store);
  }
});

function record(order: StartOrder, store: CaptureStore): void {
  store.beginCapture(order.capture);
  const parts: LoopParts = {
    ring: new RingReader(memory.ring),
    recorder: new CaptureRecorder({
      redaction: order.redaction,
      placeholder: (secret) => store.placeholder(secret),
      maxPayloadBytes: order.maxPayloadBytes,
      maxBodyBytes: order.maxBodyBytes,
    }),
    batch: new Batch(),
    store,
    retention: order.maxDbSizeBytes === null ? null : store.retention(order.maxDbSizeBytes),
    figures: memory.figures,
    nowUs: systemNowUs,
    onRoom: () => post({ type: 'drained' }),
  };
  // On Linux each thread has a nice value of its own; elsewhere this would slow down the relay as well.
  if (process.platform === 'linux') setPriority(NICE);
  post({ type: 'ready' });
  try {
    runRecorderLoop(parts);
  } catch (error) {
    // A bug in decoding must not cost what was decoded before; a disk that fails will just fail again.
    commit(parts);
    throw error;
  }
}

/** The first failure has been told; a second one on the way out would only hide it. */
function closeQuietly(store: CaptureStore | null): void {
  try {
    store?.close();
  } catch {
    return;
  }
}
