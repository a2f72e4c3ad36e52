/** Both ends of the way from recorder to writer, in one thread. */
import { MessageChannel } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { BatchReceiver } from '../../src/worker/batch-receiver.js';
import { BatchSender } from '../../src/worker/batch-sender.js';
import { BatchSlots, createBatchSlots, SlotReceiver, SlotSender } from '../../src/worker/batch-slots.js';

export interface BatchWay {
  readonly sender: BatchSender;
  readonly receiver: BatchReceiver;
  /** Closes both ends, as the parent of the threads does. */
  readonly close: () => void;
}

/** A way whose batches are due after `ageUs`. */
export function batchWay(ageUs?: number): BatchWay {
  const memory = createBatchSlots();
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return {
    sender: new BatchSender(new SlotSender(memory), port1, () => [], ageUs),
    receiver: new BatchReceiver(new SlotReceiver(memory), port2),
    close: () => new BatchSlots(memory).close(),
  };
}
