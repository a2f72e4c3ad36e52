/**
 * Messages between the page's server and a thread that makes a file.
 */
import type { FormName } from '../library/forms/form.js';
import type { FrameFilter } from '../store/filter.js';
import type { ThreadFailure } from '../worker/boundary.js';

/** `workerData` of a thread: the file to make. */
export interface TakeOrder {
  readonly path: string;
  readonly form: FormName;
  readonly filter: FrameFilter;
}

/** Messages of a thread. After each piece it waits for a message. */
export type TakeNotice =
  | { readonly type: 'piece'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };
