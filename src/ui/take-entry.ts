/**
 * Take thread: makes one file piece by piece, and waits until each piece is written to the client.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { exportLines } from '../library/export.js';
import type { FormName } from '../library/forms/form.js';
import type { FrameFilter } from '../store/filter.js';
import { openReader } from '../store/reader.js';
import { packFailure, type ThreadFailure } from '../worker/boundary.js';
import { lowerPriority } from '../worker/thread-priority.js';
import { PAGE_BOUNDS } from './bounds.js';

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

const { path, form, filter } = workerData as TakeOrder;
const post = (notice: TakeNotice): void => parentPort?.postMessage(notice);

async function make(): Promise<void> {
  using reader = openReader(path);
  const { lines } = exportLines({ reader, filter, as: form, redact: 'secrets', isSafe: true });
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PAGE_BOUNDS.takeBytes) continue;
    post({ type: 'piece', text: piece });
    piece = '';
    if (parentPort !== null) await once(parentPort, 'message');
  }
  if (piece !== '') post({ type: 'piece', text: piece });
  post({ type: 'done' });
}

// A relay in the same process goes first.
lowerPriority();
make()
  .catch((error: unknown) => post({ type: 'failed', failure: packFailure(error) }))
  .finally(() => parentPort?.close());
