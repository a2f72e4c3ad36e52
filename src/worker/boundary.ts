/**
 * Messages between the relay's thread and the recording threads, besides the ring.
 *
 * Errors lose their class when they are cloned between threads, so they are sent as a description.
 */
import { NetworkError, StoreError, UsageError } from '../errors.js';
import type { Redaction } from '../gateway/redact/redact.js';
import type { LogEvent, LogLevel } from '../host.js';
import type { Reading } from './meter.js';
import type { ShippedTiers } from '../store/shipping/unshipped.js';
import type { CaptureInfo, EarlierCapture } from '../store/store.js';

/** Memory that the threads share. */
export interface SharedMemory {
  /** From the relay to the recorder thread. */
  readonly ring: SharedArrayBuffer;
  /** From the recorder thread to the writer thread. */
  readonly slots: SharedArrayBuffer;
  /** From the writer thread to any reader. */
  readonly figures: SharedArrayBuffer;
  /** Secret values that a recorder thread has seen, for its replacement (secret-memory.ts). */
  readonly secrets: SharedArrayBuffer;
  /** Count of the bytes that all decoding threads hold (wire/held-bytes.ts). */
  readonly held: SharedArrayBuffer;
}

/** How a database is renamed: put aside, left by name to another recorder, or taken back by name. */
export type Renaming = 'rotate' | 'make way' | 'move back';

/** Size or age at which a database is rotated; Infinity for none. */
export interface RotationLimit {
  readonly bytes: number;
  readonly ageUs: number;
}

/** When a database is rotated by itself, and how many of the files that were put aside are kept; null for all. */
export interface RotationOrder extends RotationLimit {
  readonly keep: number | null;
  /** What is shipped while it is recorded; null if nothing is. */
  readonly shipped: ShippedTiers | null;
}

/** Order to open the database and write records; sent once, when the proxy listens. */
export interface WriteOrder {
  readonly db: string;
  readonly capture: CaptureInfo;
  /** Size limit of the database; null for no limit. */
  readonly maxDbSizeBytes: number | null;
  /** Age from which on bodies are packed; null for never. */
  readonly compactAfterUs: number | null;
  /** Key of the placeholders if it is stored outside the database. */
  readonly keptKey: Uint8Array | null;
  readonly rotation: RotationOrder;
  /** Whether the thread counts what it writes, for metrics. */
  readonly isMetered: boolean;
  /** File of another recorder that has made way for this one; null without such a recorder. */
  readonly after: string | null;
  /** Capture to continue, in place of a dead thread; null to begin one. */
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

/** Order to decode; sent once, at the same time. */
export type DecodeOrder = Pick<RecordOrder, 'redaction' | 'maxPayloadBytes'>;

/** Messages that a thread receives once. */
export type Order = WriteOrder | RecordOrder | DecodeOrder;

/** All orders, without the values that come from the database. */
export type StartOrder = Omit<WriteOrder, 'earlier'> & Omit<RecordOrder, 'placeholderKey'>;

/** Messages of the writer thread. */
export type WriterNotice =
  | { readonly type: 'opened'; readonly placeholderKey: Uint8Array; readonly capture: EarlierCapture }
  /** Writing has failed for some time; it is retried. */
  | { readonly type: 'trouble'; readonly failure: ThreadFailure; readonly lastedMs: number }
  /** Writing works again. */
  | { readonly type: 'recovered' }
  /** The capture goes on as another one, because its file was lost. */
  | { readonly type: 'moved'; readonly capture: EarlierCapture }
  /** What was counted since the last one. */
  | { readonly type: 'counted'; readonly reading: Reading }
  /** A renaming was tried: the file that got a name, or null, and the capture that goes on. */
  | { readonly type: 'renamed'; readonly file: string | null; readonly capture: EarlierCapture }
  /** For the log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly line: string; readonly event: LogEvent }
  /** Last message, unless it is `failed`. */
  | { readonly type: 'finished'; readonly figures: Figures }
  | Failed;

/** Messages of the recorder thread, and of a decoder thread. */
export type RecorderNotice =
  | { readonly type: 'ready' }
  /** The ring has room again, after that was asked for. */
  | { readonly type: 'drained' }
  /** Message for the log; the thread goes on. */
  | { readonly type: 'report'; readonly line: string }
  /** Last message, unless it is `failed`. */
  | { readonly type: 'finished' }
  | Failed;

interface Failed {
  readonly type: 'failed';
  readonly failure: ThreadFailure;
}

/** Classes of the errors that keep theirs between threads. */
const CLASSES = { store: StoreError, usage: UsageError, network: NetworkError } as const;

/** An error sent between threads. */
export interface ThreadFailure {
  /** `bug`: an error of any other class. */
  readonly kind: keyof typeof CLASSES | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly stack: string;
}

/** Describes any thrown value. */
export function packFailure(error: unknown): ThreadFailure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  for (const kind of ['store', 'usage', 'network'] as const) {
    if (error instanceof CLASSES[kind]) return { kind, message, hint: error.hint, stack };
  }
  return { kind: 'bug', message, hint: '', stack };
}

/** Rebuilds the described error, of the same class, with the thread's stack. */
export function unpackFailure({ kind, message, hint, stack }: ThreadFailure): Error {
  const error = kind === 'bug' ? new Error(message) : new CLASSES[kind](message, hint);
  error.stack = stack;
  return error;
}

/** Names of the figures. */
export const FIGURE_NAMES = [
  'connections',
  'frames',
  'payloads', // frames that held or completed a payload
  'undecodable', // frames that should have, but did not
  'gaps', // stretches of traffic that were relayed but are not in the file
  'lostBytes', // of files that were lost, with the headers of their frames
  'wireBytes', // WebSocket payload bytes as they crossed the wire
  'payloadBytes', // after decompression, before redaction
] as const;

/**
 * Sums over one capture, in memory that both threads share. The writer thread updates them after each transaction, so
 * all that they count is in the database. Any thread can read them at any time without a message; one figure can then
 * be a transaction older than the next.
 */
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

/** Sums of two pairs of threads, of which the earlier one may be missing. */
export function addFigures(before: Figures | null, now: Figures): Figures {
  if (before === null) return now;
  return Object.fromEntries(FIGURE_NAMES.map((name) => [name, before[name] + now[name]])) as Figures;
}
