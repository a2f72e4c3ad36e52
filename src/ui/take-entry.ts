/**
 * Take thread: makes one file piece by piece, and waits until each piece is written to the client.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { exportLines } from '../library/export.js';
import { openReader } from '../store/reader.js';
import { packFailure } from '../worker/boundary.js';
import { lowerPriority } from '../worker/thread-priority.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { TakeNotice, TakeOrder } from './take-messages.js';

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
