/**
 * What the two threads tell each other besides the ring: the order to start, and three answers.
 *
 * Errors lose their class when they are cloned between threads, so they cross as a description.
 */
import { StoreError } from '../errors.js';
import type { Redaction } from '../gateway/redact/redact.js';
import type { CaptureInfo } from '../store/store.js';
import type { Figures } from './figures.js';

/** Memory that both threads share; the thread gets it as `workerData`. */
export interface SharedMemory {
  readonly ring: SharedArrayBuffer;
  readonly figures: SharedArrayBuffer;
}

/** Order to open the database and record; sent once, when the proxy listens. */
export interface StartOrder {
  readonly db: string;
  readonly capture: CaptureInfo;
  readonly redaction: Redaction;
  readonly maxPayloadBytes: number;
  /** Size that the database is kept below; null for any. */
  readonly maxDbSizeBytes: number | null;
  readonly maxBodyBytes: number;
}

/** What the recorder thread posts. */
export type ThreadNotice =
  | { readonly type: 'ready' }
  /** There is room in the ring again, after it was asked for. */
  | { readonly type: 'drained' }
  /** Last words, one or the other. */
  | { readonly type: 'finished'; readonly figures: Figures }
  | { readonly type: 'failed'; readonly failure: Failure };

/** An error on its way between threads. */
export interface Failure {
  /** `store`: a StoreError; `bug`: anything else. */
  readonly kind: 'store' | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly stack: string;
}

/** Describes anything that was thrown. */
export function describeFailure(error: unknown): Failure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return error instanceof StoreError
    ? { kind: 'store', message, hint: error.hint, stack }
    : { kind: 'bug', message, hint: '', stack };
}

/** Rebuilds the error that was described, of the same class, with the thread's stack. */
export function restoreFailure(failure: Failure): Error {
  const error =
    failure.kind === 'store' ? new StoreError(failure.message, failure.hint) : new Error(failure.message);
  error.stack = failure.stack;
  return error;
}
