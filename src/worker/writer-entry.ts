/**
 * Writer thread: the entry point of the worker that owns the database. Opens it when told to, then runs the writer loop.
 *
 * Everything slow to load is loaded before the order comes, while the proxy binds its port. The thread
 * answers with `opened`, and ends with `finished` or `failed`; nothing it throws goes unsaid.
 */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { systemNowUs } from '../host.js';
import { openStore, type CaptureStore } from '../store/store.js';
import { BatchReceiver } from './batch-receiver.js';
import { SlotReceiver } from './batch-slots.js';
import { describeFailure, type ThreadMemory, type WriteOrder, type WriterNotice } from './boundary.js';
import { giveWay } from './nice.js';
import { runWriterLoop } from './writer-loop.js';

const post = (notice: WriterNotice): void => parentPort?.postMessage(notice);
const memory = workerData as ThreadMemory;

parentPort?.once('message', (order: WriteOrder) => {
  let store: CaptureStore | null = null;
  try {
    store = openStore(order.db, { nowUs: systemNowUs, randomBytes });
    write(order, store);
    store.close();
    post({ type: 'finished', figures: store.counters() });
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
    closeQuietly(store);
  }
});

function write({ capture, maxDbSizeBytes }: WriteOrder, store: CaptureStore): void {
  store.beginCapture(capture);
  const retention = maxDbSizeBytes === null ? null : store.retention(maxDbSizeBytes);
  const batches = new BatchReceiver(new SlotReceiver(memory.slots), memory.port);
  giveWay();
  post({ type: 'opened', placeholderKey: store.placeholderKey });
  runWriterLoop({ batches, store, retention, figures: memory.figures });
}

/** The first failure has been told; a second one on the way out would only hide it. */
function closeQuietly(store: CaptureStore | null): void {
  try {
    store?.close();
  } catch {
    return;
  }
}
