/**
 * Messages between the page's server and a thread that makes a file.
 */
import type { FormName } from '../library/forms/form.js';
import type { FrameFilter } from '../store/filter.js';
import type { ThreadFailure } from '../worker/boundary.js';

/** What it is to make. */
export interface TakeOrder {
  readonly path: string;
  readonly form: FormName;
  readonly filter: FrameFilter;
}

/** What it says; after each piece it waits for a message. */
export type TakeNotice =
  | { readonly type: 'piece'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };
