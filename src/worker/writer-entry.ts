/**
 * Writer thread: the entry point of the worker that owns the database. Opens it on order, then runs the writer loop.
 *
 * All slow modules are loaded before the order arrives, while the proxy binds its port. The thread answers with
 * `opened` and ends with `finished` or `failed`; every error is reported.
 */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { systemNowUs } from '../host.js';
import { BatchReceiver } from './batch-receiver.js';
import { SlotReceiver } from './batch-slots.js';
import { packFailure, writeFigures, type WriteOrder, type WriterNotice } from './boundary.js';
import { Meter } from './meter.js';
import { Rotator } from './rotator.js';
import type { ThreadMemory } from './thread.js';
import { lowerPriority } from './thread-priority.js';
import { SteadyStore } from './steady-store.js';
import { runWriterLoop } from './writer-loop.js';

const post = (notice: WriterNotice): void => parentPort?.postMessage(notice);
const memory = workerData as ThreadMemory;

parentPort?.once('message', (order: WriteOrder) => {
  let store: SteadyStore | null = null;
  const meter = order.isMetered ? new Meter() : null;
  const report = (): void => {
    if (meter !== null) post({ type: 'counted', reading: meter.take() });
  };
  try {
    const slots = new SlotReceiver(memory.slots);
    store = openSteady(order, slots, meter);
    post({ type: 'opened', placeholderKey: store.placeholderKey, capture: store.capture });
    lowerPriority();
    const rotator = createRotator(store, order, slots, meter);
    const tick = (nowMs: number): void => {
      rotator.step(nowMs);
      report();
    };
    const { compactAfterUs } = order;
    const batches = new BatchReceiver(slots, memory.port);
    runWriterLoop({ batches, store, figures: memory.figures, compactAfterUs, tick });
    if (slots.isFinished) store.close();
    report();
    post({ type: 'finished', figures: store.counters() });
  } catch (error) {
    if (store !== null) writeFigures(memory.figures, store.counters());
    post({ type: 'failed', failure: packFailure(error) });
  } finally {
    store?.letGo();
  }
});

function createRotator(
  store: SteadyStore,
  order: WriteOrder,
  slots: SlotReceiver,
  meter: Meter | null,
): Rotator {
  return new Rotator({
    store,
    order: order.rotation,
    takeRequest: () => slots.takeRenaming(),
    onRenamed: (file, how) => {
      if (file !== null && how === 'rotate') meter?.countRotation();
      post({ type: 'renamed', file, capture: store.capture });
    },
    log: (level, line, event) => post({ type: 'log', level, line, event }),
  });
}

function openSteady(order: WriteOrder, slots: SlotReceiver, meter: Meter | null): SteadyStore {
  return new SteadyStore(
    order,
    { nowUs: systemNowUs, randomBytes },
    {
      onTrouble: (error, lastedMs) => post({ type: 'trouble', failure: packFailure(error), lastedMs }),
      onRecovery: () => post({ type: 'recovered' }),
      onMoved: (capture) => post({ type: 'moved', capture }),
      log: (level, line, event) => post({ type: 'log', level, line, event }),
      pause: (timeoutMs) => slots.pause(timeoutMs),
      isHurried: () => slots.isHurried,
      nowMs: () => performance.now(),
    },
    meter,
  );
}
