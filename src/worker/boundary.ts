/**
 * What the relay's thread tells the two that record besides the ring, and what they answer.
 *
 * Errors lose their class when they are cloned between threads, so they cross as a description.
 */
import { StoreError } from '../errors.js';
import type { Redaction } from '../gateway/redact/redact.js';
import type { LogLevel } from '../host.js';
import type { CaptureInfo, EarlierCapture } from '../store/store.js';

/** Memory that the threads share. */
export interface SharedMemory {
  /** From the relay to the recorder thread. */
  readonly ring: SharedArrayBuffer;
  /** From the recorder thread to the writer thread. */
  readonly slots: SharedArrayBuffer;
  /** From the writer thread to whoever looks. */
  readonly figures: SharedArrayBuffer;
  /** From a recorder thread to the one that is started in its place. */
  readonly secrets: SharedArrayBuffer;
}

/** Order to open the database and to write what comes; sent once, when the proxy listens. */
export interface WriteOrder {
  readonly db: string;
  readonly capture: CaptureInfo;
  /** Size that the database is kept below; null for any. */
  readonly maxDbSizeBytes: number | null;
  /** Key of the placeholders where it is kept elsewhere than in the database. */
  readonly keptKey: Uint8Array | null;
  /** Capture to go on with, in place of a thread that is gone; null to begin one. */
  readonly earlier: EarlierCapture | null;
}

/** Order to record; sent once, when the database is open. */
export interface RecordOrder {
  readonly redaction: Redaction;
  /** Key of the placeholders. */
  readonly placeholderKey: Uint8Array;
  readonly maxPayloadBytes: number;
  readonly maxBodyBytes: number;
}

/** What a thread is told once. */
export type Order = WriteOrder | RecordOrder;

/** Both orders, as far as the database does not answer them. */
export type StartOrder = Omit<WriteOrder, 'earlier'> & Omit<RecordOrder, 'placeholderKey'>;

/** What the writer thread posts. */
export type WriterNotice =
  | { readonly type: 'opened'; readonly placeholderKey: Uint8Array; readonly capture: EarlierCapture }
  /** Writing has failed for some time; it is tried on. */
  | { readonly type: 'trouble'; readonly failure: ThreadFailure; readonly lastedMs: number }
  /** It works again. */
  | { readonly type: 'recovered' }
  /** For the log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly line: string }
  /** Last words, one or the other. */
  | { readonly type: 'finished'; readonly figures: Figures }
  | Failed;

/** What the recorder thread posts. */
export type RecorderNotice =
  | { readonly type: 'ready' }
  /** There is room in the ring again, after it was asked for. */
  | { readonly type: 'drained' }
  /** Something for the log that ends nothing. */
  | { readonly type: 'report'; readonly line: string }
  /** Last words, one or the other. */
  | { readonly type: 'finished' }
  | Failed;

interface Failed {
  readonly type: 'failed';
  readonly failure: ThreadFailure;
}

/** An error on its way between threads. */
export interface ThreadFailure {
  /** `store`: a StoreError; `bug`: anything else. */
  readonly kind: 'store' | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly stack: string;
}

/** Describes anything that was thrown. */
export function packFailure(error: unknown): ThreadFailure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return error instanceof StoreError
    ? { kind: 'store', message, hint: error.hint, stack }
    : { kind: 'bug', message, hint: '', stack };
}

/** Rebuilds the error that was described, of the same class, with the thread's stack. */
export function unpackFailure(failure: ThreadFailure): Error {
  const error =
    failure.kind === 'store' ? new StoreError(failure.message, failure.hint) : new Error(failure.message);
  error.stack = failure.stack;
  return error;
}

// Figures: sums over the current capture, in memory that both threads share.
//
// The recorder thread writes them after each transaction, so what they count is in the database. Anyone
// may read them at any time without a message; one figure may then be a transaction older than the next.

/** Names of the figures, in the order in which they are printed. */
export const FIGURE_NAMES = [
  'connections',
  'frames',
  'payloads', // frames that held or completed a payload
  'undecodable', // frames that should have, and did not
  'gaps', // stretches of traffic that were relayed but not recorded
  'wireBytes', // WebSocket payload bytes as they crossed the wire
  'payloadBytes', // after decompression, before redaction
] as const;

/** Sums over one capture. */
export type Figures = Readonly<Record<(typeof FIGURE_NAMES)[number], number>>;

/** Memory for one set of figures, all zero. */
export function createFigures(): SharedArrayBuffer {
  return new SharedArrayBuffer(FIGURE_NAMES.length * BigInt64Array.BYTES_PER_ELEMENT);
}

/** Makes `figures` visible to every thread that has `buffer`. */
export function writeFigures(buffer: SharedArrayBuffer, figures: Figures): void {
  const cells = new BigInt64Array(buffer);
  FIGURE_NAMES.forEach((name, index) => Atomics.store(cells, index, BigInt(figures[name])));
}

/** Figures as they were last written. */
export function readFigures(buffer: SharedArrayBuffer): Figures {
  const cells = new BigInt64Array(buffer);
  const entries = FIGURE_NAMES.map((name, index) => [name, Number(Atomics.load(cells, index))] as const);
  return Object.fromEntries(entries) as Figures;
}
