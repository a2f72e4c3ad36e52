/**
 * Desk thread: runs computations, several in turns, and says how far each has come.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { packFailure } from '../worker/boundary.js';
import { lowerPriority } from '../worker/thread-priority.js';
import { compute } from './computations.js';
import { CANCELLED, type DeskNotice, type DeskOrder } from './desk-messages.js';

class Cancelled extends Error {}

/** Least time between two reports of one computation, in ms. */
const REPORT_MS = 50;

const { path } = workerData as { readonly path: string };
const post = (notice: DeskNotice): void => parentPort?.postMessage(notice);

// The relay, where there is one, comes first.
lowerPriority();
parentPort?.on('message', (order: DeskOrder) => void run(order));

async function run({ id, name, given, flag }: DeskOrder): Promise<void> {
  let reportedAtMs = 0;
  const report = (done: number, total: number): void => {
    if (Atomics.load(flag, 0) === CANCELLED) throw new Cancelled();
    if (performance.now() - reportedAtMs < REPORT_MS) return;
    reportedAtMs = performance.now();
    post({ type: 'progress', id, done, total });
  };
  try {
    const result = await compute(name, path, given as never, report);
    post({ type: 'done', id, result });
  } catch (error) {
    if (error instanceof Cancelled) post({ type: 'cancelled', id });
    else post({ type: 'failed', id, failure: packFailure(error) });
  }
}
