/**
 * Messages between the page's server and its desk.
 */
import type { ThreadFailure } from '../worker/boundary.js';
import type { ComputationName } from './computations.js';

/** Value of an order's flag that ends the computation. */
export const CANCELLED = 1;

/** Order of one computation. */
export interface DeskOrder {
  readonly id: number;
  readonly name: ComputationName;
  readonly given: unknown;
  /** One number in shared memory, because a thread that is at work reads no messages. */
  readonly flag: Int32Array<SharedArrayBuffer>;
}

/** What the desk says of an order. */
export type DeskNotice =
  | { readonly type: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'cancelled'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly failure: ThreadFailure };
