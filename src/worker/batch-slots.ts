/**
 * Batch slots: shared memory in which batches cross from the recorder thread to the writer thread, or from a decoder
 * thread to the recorder's.
 *
 * A few slots, used in turn: one is being filled, one is written to the database, one is spare so that neither thread
 * waits for the other. The sender waits if all are taken. So a slow disk stops the recorder, its ring
 * fills, and the relay pauses or drops. Decoding in one thread and writing in another records 125,000 frames a second
 * instead of 84,000 on two cores (test/bench/RESULTS.md).
 *
 * A frame is a row of numbers (`COLUMN`), with its bytes after those of the frame before: to clone an object for each
 * between threads would cost more than recording it. Everything else is rare: its row only keeps the order, and its
 * content goes out of line, by a port and structured clone (`OutOfLinePart`).
 *
 * Memory: a header of 32-bit words, then the slots; each is a count of rows and a flag, its rows, and its bytes.
 */
import type { FrameKey, FrameNumbers } from '../capture/columns.js';
import type { UnfinishedBytes } from '../capture/half-connection.js';
import type { CaptureRecord } from '../capture/records.js';
import { sometimes } from '../sometimes.js';
import { SENDERS } from '../wire/frame.js';
import type { Renaming } from './boundary.js';

/** Number of slots, a power of two: with two, filling would sometimes wait for writing. */
const SLOTS = 4;

/** Rows of a slot: with frames of half a kilobyte, rows and bytes are full at the same time. */
export const SLOT_ROWS = 2048;

/** Numbers of a row. */
export const ROW_NUMBERS = 10;

/** Bytes of a slot: more than a thousand frames, enough for a cheap transaction; larger slots save no time. */
export const SLOT_BYTES = 2 ** 20;

/** Limit of bytes beside the slots; above it the sender waits, even if slots are free. */
const MAX_OUT_OF_LINE_BYTES = 2 ** 24;

/** Start of the counts: a little below the overflow of 32 bits, so that every test and every capture crosses it. */
const FIRST = -2;

// Header words. The two counts are written by different threads, so each has a cache line of its own.
const SENT = 0;
const RETURNED = 16;
/** Rises by one on every change; waiting threads sleep on it. */
const BELL = 32;
/** 1 when one of the two threads is gone. */
const CLOSED = 33;
/** Bytes beside the slots, of the taken slots. */
const OUT_OF_LINE_BYTES = 34;
/** 1 when the recorder has sent everything to the end of the capture. */
const FINISHED = 35;
/** 1 when the receiver must give up a failing write. */
const HURRIED = 36;
/** Number of ring entries that are completely in the database, modulo 2^32. */
const SETTLED = 37;
/** How the receiver is to rename the database: place in `RENAMINGS`. */
const RENAMING = 38;
const HEADER_BYTES = 256;

/** Renamings that can be asked for; at first none is. */
const RENAMINGS: readonly (Renaming | null)[] = [null, 'rotate', 'make way', 'move back'];

const HEAD_WORDS = 4;
const ROWS_AT = HEAD_WORDS * Int32Array.BYTES_PER_ELEMENT;
const BYTES_AT = ROWS_AT + SLOT_ROWS * ROW_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const UNFINISHED_AT = BYTES_AT + SLOT_BYTES;
/** Unfinished streams of which the bytes are noted; those of further ones are not counted if both threads die. */
const MAX_UNFINISHED = 512;
/** Numbers of each: connection, sender, bytes and time. */
const UNFINISHED_NUMBERS = 4;
const UNFINISHED_BYTES = (1 + MAX_UNFINISHED * UNFINISHED_NUMBERS) * Float64Array.BYTES_PER_ELEMENT;
const SLOT_SIZE = UNFINISHED_AT + UNFINISHED_BYTES;
const SETTLED_UNFINISHED_AT = HEADER_BYTES + SLOTS * SLOT_SIZE;

/** Numbers of a slot's head. `entries`: those of the ring, modulo 2^32, that are in this slot or an earlier one. */
export const HEAD = { rows: 0, hasOutOfLine: 1, outOfLineBytes: 2, entries: 3 } as const;

/** One slot. */
export interface Slot {
  readonly head: Int32Array;
  readonly rows: Float64Array;
  readonly bytes: Uint8Array;
  /** Bytes of the entries that are in no row of this slot or an earlier one: their number, then `UNFINISHED_NUMBERS` each. */
  readonly unfinished: Float64Array;
}

/** Memory for the slots, all of them free. */
export function createBatchSlots(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(SETTLED_UNFINISHED_AT + UNFINISHED_BYTES);
  const words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
  words[SENT] = words[RETURNED] = FIRST;
  return buffer;
}

/** Views of the memory, and the end marker, which any thread may set. */
export class BatchSlots {
  protected readonly words: Int32Array;
  readonly #slots: readonly Slot[];
  /** Of the slot that was given back last. */
  protected readonly settledUnfinished: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#slots = Array.from({ length: SLOTS }, (_, index) => {
      const at = HEADER_BYTES + index * SLOT_SIZE;
      return {
        head: new Int32Array(buffer, at, HEAD_WORDS),
        rows: new Float64Array(buffer, at + ROWS_AT, SLOT_ROWS * ROW_NUMBERS),
        bytes: new Uint8Array(buffer, at + BYTES_AT, SLOT_BYTES),
        unfinished: new Float64Array(buffer, at + UNFINISHED_AT, 1 + MAX_UNFINISHED * UNFINISHED_NUMBERS),
      };
    });
    this.settledUnfinished = new Float64Array(buffer, SETTLED_UNFINISHED_AT);
  }

  /** One of the two threads is gone: nothing more is sent; sent batches are still received. */
  close(): void {
    Atomics.store(this.words, CLOSED, 1);
    this.ring();
  }

  get isClosed(): boolean {
    return Atomics.load(this.words, CLOSED) === 1;
  }

  /** Whether everything to the end of the capture was sent. */
  get isFinished(): boolean {
    return Atomics.load(this.words, FINISHED) === 1;
  }

  /** Number of ring entries that are completely in the database, modulo 2^32. */
  get settled(): number {
    return Atomics.load(this.words, SETTLED);
  }

  /** Bytes of the settled entries that are not in the database, because their frames were not whole. */
  unfinished(): readonly UnfinishedBytes[] {
    const [count = 0, ...cells] = this.settledUnfinished;
    if (count > 0) sometimes('bytes of half a frame were counted after a death');
    return Array.from({ length: count }, (_, index) => {
      const [connection = 0, sender = 0, bytes = 0, atUs = 0] = cells.slice(index * UNFINISHED_NUMBERS);
      return { connection, sender: SENDERS[sender] ?? 'client', bytes, atUs };
    });
  }

  /** Asks the receiver to stop its retries, and wakes it. */
  hurry(): void {
    Atomics.store(this.words, HURRIED, 1);
    Atomics.notify(this.words, HURRIED);
  }

  /** Asks the receiver to rename the database. */
  askToRename(how: Renaming): void {
    Atomics.store(this.words, RENAMING, RENAMINGS.indexOf(how));
  }

  get isHurried(): boolean {
    return Atomics.load(this.words, HURRIED) === 1;
  }

  /** Slots that were sent and not given back. */
  protected get taken(): number {
    return (Atomics.load(this.words, SENT) - Atomics.load(this.words, RETURNED)) | 0;
  }

  /** The slot that is sent or given back next. */
  protected slotAt(word: typeof SENT | typeof RETURNED): Slot {
    const slot = this.#slots[Atomics.load(this.words, word) & (SLOTS - 1)];
    if (slot === undefined) throw new RangeError('there is a slot for every count');
    return slot;
  }

  /** Sends or gives back the next slot. */
  protected pass(word: typeof SENT | typeof RETURNED): void {
    const bytes = this.slotAt(word).head[HEAD.outOfLineBytes] ?? 0;
    Atomics.add(this.words, OUT_OF_LINE_BYTES, word === SENT ? bytes : -bytes);
    Atomics.add(this.words, word, 1);
    this.ring();
  }

  /**
   * Sleeps until `hasCome`, or until `timeoutMs` pass without an event. An event after the bell was read ends the
   * sleep.
   */
  protected await(hasCome: () => boolean, timeoutMs = Infinity): boolean {
    for (;;) {
      const bell = Atomics.load(this.words, BELL);
      if (hasCome()) return true;
      if (Atomics.wait(this.words, BELL, bell, timeoutMs) === 'timed-out') return hasCome();
    }
  }

  protected ring(): void {
    Atomics.add(this.words, BELL, 1);
    Atomics.notify(this.words, BELL);
  }
}

/** Sending end. */
export class SlotSender extends BatchSlots {
  readonly #onSent: () => void;

  /** `onSent` is called after each slot, for a receiver that sleeps elsewhere. */
  constructor(buffer: SharedArrayBuffer, onSent: () => void = () => undefined) {
    super(buffer);
    this.#onSent = onSent;
  }

  /** The slot that is sent next, as soon as it is free; null if the receiver is gone. */
  claim(): Slot | null {
    this.await(() => this.isClosed || this.#hasRoom());
    return this.isClosed ? null : this.slotAt(SENT);
  }

  /** Sends the claimed slot. */
  send(): void {
    this.pass(SENT);
    this.#onSent();
  }

  /** Notes what the rows so far do not contain. */
  noteUnfinished({ unfinished }: Slot, list: readonly UnfinishedBytes[]): void {
    const noted = list.slice(0, MAX_UNFINISHED);
    unfinished[0] = noted.length;
    noted.forEach(({ connection, sender, bytes, atUs }, index) => {
      unfinished.set([connection, SENDERS.indexOf(sender), bytes, atUs], 1 + index * UNFINISHED_NUMBERS);
    });
  }

  /** Marks that everything to the end of the capture was sent. */
  finish(): void {
    Atomics.store(this.words, FINISHED, 1);
  }

  #hasRoom(): boolean {
    return this.taken < SLOTS && Atomics.load(this.words, OUT_OF_LINE_BYTES) < MAX_OUT_OF_LINE_BYTES;
  }
}

/** Receiving end. */
export class SlotReceiver extends BatchSlots {
  /** Waits until `take` would return; returns false after `timeoutMs`. */
  wait(timeoutMs: number): boolean {
    return this.await(() => this.taken > 0 || this.isClosed, timeoutMs);
  }

  /** The oldest sent slot, as soon as there is one; null after the last. The same one until it is given back. */
  take(): Slot | null {
    this.await(() => this.taken > 0 || this.isClosed);
    return this.taken > 0 ? this.slotAt(RETURNED) : null;
  }

  /** Gives the slot back after all of it was written. Its memory must not be read after that. */
  giveBack(): void {
    const { head, unfinished } = this.slotAt(RETURNED);
    const count = unfinished[0] ?? 0;
    this.settledUnfinished.set(unfinished.subarray(0, 1 + count * UNFINISHED_NUMBERS));
    Atomics.store(this.words, SETTLED, head[HEAD.entries] ?? 0);
    this.pass(RETURNED);
  }

  /** How the database is to be renamed, if that was asked for since the last call. */
  takeRenaming(): Renaming | null {
    return RENAMINGS[Atomics.exchange(this.words, RENAMING, 0)] ?? null;
  }

  /** Sleeps for `timeoutMs`, or until it is hurried. */
  pause(timeoutMs: number): void {
    Atomics.wait(this.words, HURRIED, Atomics.load(this.words, HURRIED), timeoutMs);
  }
}

/**
 * Numbers of a row. All but the first are those of the frame's record, with the length of its bytes. The sender writes
 * them one by one: a loop over the keys of the table of columns costs 65 ns a frame, a third of the way through a slot.
 */
export const COLUMN = {
  /** Index of the frame's facts in the facts of all out-of-line parts so far; `OTHER` for a record in that part. */
  facts: 0,
  connection: 1,
  session: 2,
  frameNo: 3,
  atUs: 4,
  seq: 5,
  wireBytes: 6,
  payloadBytes: 7,
  bodyBytes: 8,
  rawBytes: 9,
} as const satisfies Record<
  'facts' | 'connection' | 'session' | keyof FrameNumbers | 'bodyBytes' | 'rawBytes',
  number
>;

/** In place of facts: the row is the next record of the out-of-line part. */
export const OTHER = -1;

/** Special length: the bytes are the next ones of the out-of-line part. */
export const OUT_OF_LINE = -1;

/** Data sent with a batch beside its slot, each list in the order in which the rows need it. */
export interface OutOfLinePart {
  readonly records: CaptureRecord[];
  /** Facts that a row of the batch is the first to use, by their index. */
  readonly facts: { readonly index: number; readonly facts: FrameKey }[];
  /** Bytes that are too long for a slot. */
  readonly bytes: Uint8Array[];
}

/** Encodes a number or null as a number: null becomes NaN, which no record has. */
export function toCell(value: number | null): number {
  return value ?? NaN;
}

/** Reverses `toCell`. */
export function fromCell(cell: number | undefined): number | null {
  return cell === undefined || Number.isNaN(cell) ? null : cell;
}
