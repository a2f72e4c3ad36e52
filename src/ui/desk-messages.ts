/**
 * Messages between the page's server and the threads of its desk.
 */
import type { ThreadFailure } from '../worker/boundary.js';
import type { ComputationName } from './computations.js';

/** What a thread is given when it starts: one computation. */
export interface DeskOrder {
  readonly path: string;
  readonly name: ComputationName;
  readonly given: unknown;
}

/** What it says; nothing comes behind `done` and `failed`. */
export type DeskNotice =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };
