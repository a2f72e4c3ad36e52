/**
 * Messages between the page's server and the threads of its desk.
 */
import type { ThreadFailure } from '../worker/boundary.js';
import type { ComputationName } from './computations.js';

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
