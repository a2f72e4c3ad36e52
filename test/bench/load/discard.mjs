/** A writer thread that writes nothing: takes batches, counts their frames, and gives them back. */
import { parentPort, workerData } from 'node:worker_threads';
import { BatchReceiver } from '../../../dist/worker/batch-receiver.js';
import { SlotReceiver } from '../../../dist/worker/batch-slots.js';
import { lowerPriority } from '../../../dist/worker/thread-priority.js';

const slots = new SlotReceiver(workerData.slots);
const batches = new BatchReceiver(slots, workerData.port);
const count = new Float64Array(workerData.count);
lowerPriority();
parentPort.postMessage('ready');
for (let batch = batches.take(); batch !== null; batch = batches.take()) {
  count[0] += batch.filter(({ type }) => type === 'frame').length;
  batches.giveBack();
}
