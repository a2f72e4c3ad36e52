/**
 * Desk thread: runs one computation and reports its progress. The desk terminates the thread to cancel it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { packFailure, type ThreadFailure } from '../worker/boundary.js';
import { lowerPriority } from '../worker/thread-priority.js';
import { compute, type ComputationName } from './computations.js';

/** `workerData` of a thread: one computation. */
export interface DeskOrder {
  readonly path: string;
  readonly name: ComputationName;
  readonly given: unknown;
}

/** Messages of a thread; `done` or `failed` is the last one. */
export type DeskNotice =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };

/** Least time between two reports, in ms. */
const REPORT_MS = 50;

const { path, name, given } = workerData as DeskOrder;
const post = (notice: DeskNotice): void => parentPort?.postMessage(notice);

let reportedAtMs = 0;

function report(done: number, total: number): void {
  if (performance.now() - reportedAtMs < REPORT_MS) return;
  reportedAtMs = performance.now();
  post({ type: 'progress', done, total });
}

// A relay in the same process goes first.
lowerPriority();
compute(name, path, given as never, report).then(
  (result) => post({ type: 'done', result }),
  (error: unknown) => post({ type: 'failed', failure: packFailure(error) }),
);
