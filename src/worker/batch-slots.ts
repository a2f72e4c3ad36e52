/**
 * Batch slots: shared memory in which batches cross from the recorder thread to the writer thread.
 *
 * A few slots, used in turn: one is being filled, one written to the database, one is there so that neither thread
 * waits for the other. The sender waits when all are taken, and so a slow disk holds up the recorder, its ring
 * fills, and the relay does as it was told. What a slot holds is the business of sender and receiver.
 *
 * Memory: a header of 32-bit words, then the slots; each is a count of rows and a flag, its rows, and its bytes.
 */
import type { FrameKey } from '../capture/frame-keys.js';
import type { CaptureRecord } from '../capture/records.js';

/** Slots in turn, a power of two: with two, filling would have to wait for writing now and then. */
const SLOTS = 4;

/** Rows of a slot: of frames of half a kilobyte they are as soon full as the bytes. */
export const SLOT_ROWS = 2048;

/** Numbers of a row. */
export const ROW_NUMBERS = 10;

/** Bytes of a slot: more than a thousand frames, which make a transaction cheap; larger slots save no time. */
export const SLOT_BYTES = 2 ** 20;

/** Bytes beside the slots from which on the sender waits, however many slots are free. */
const MAX_ENCLOSED_BYTES = 2 ** 24;

/** Where counts start: a little below the overflow of 32 bits, so that every test and every capture crosses it. */
const FIRST = -2;

// Header words. The two counts are written by different threads, so each has a cache line of its own.
const SENT = 0;
const RETURNED = 16;
/** Rises by one whenever something changes; whoever waits sleeps on it. */
const BELL = 32;
/** 1 once one of the two threads is gone. */
const CLOSED = 33;
/** Bytes that go beside the slots which are taken. */
const ENCLOSED = 34;
/** 1 once the recorder has sent all there was to the end of the capture. */
const FINISHED = 35;
/** 1 once the receiver is to give up what does not work. */
const HURRIED = 36;
/** Entries of the ring, modulo 2^32, of which everything is in the database. */
const SETTLED = 37;
const HEADER_BYTES = 256;

const HEAD_WORDS = 4;
const ROWS_AT = HEAD_WORDS * Int32Array.BYTES_PER_ELEMENT;
const BYTES_AT = ROWS_AT + SLOT_ROWS * ROW_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const SLOT_SIZE = BYTES_AT + SLOT_BYTES;

/** Numbers of a slot's head. `entries`: those of the ring, modulo 2^32, that are in this slot or an earlier one. */
export const HEAD = { rows: 0, hasOutOfLine: 1, outOfLineBytes: 2, entries: 3 } as const;

/** One slot. */
export interface Slot {
  readonly head: Int32Array;
  readonly rows: Float64Array;
  readonly bytes: Uint8Array;
}

/** Memory for the slots, all of them free. */
export function createBatchSlots(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(HEADER_BYTES + SLOTS * SLOT_SIZE);
  const words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
  words[SENT] = words[RETURNED] = FIRST;
  return buffer;
}

/** Views of the memory, and the end, which anyone may call. */
export class BatchSlots {
  protected readonly words: Int32Array;
  readonly #slots: readonly Slot[];

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#slots = Array.from({ length: SLOTS }, (_, index) => {
      const at = HEADER_BYTES + index * SLOT_SIZE;
      return {
        head: new Int32Array(buffer, at, HEAD_WORDS),
        rows: new Float64Array(buffer, at + ROWS_AT, SLOT_ROWS * ROW_NUMBERS),
        bytes: new Uint8Array(buffer, at + BYTES_AT, SLOT_BYTES),
      };
    });
  }

  /** One of the two threads is gone: nothing more is sent, and what was sent is still received. */
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

  /** Entries of the ring, modulo 2^32, of which everything is in the database. */
  get settled(): number {
    return Atomics.load(this.words, SETTLED);
  }

  /** Asks the receiver to give up what it tries again and again, and wakes it. */
  hurry(): void {
    Atomics.store(this.words, HURRIED, 1);
    Atomics.notify(this.words, HURRIED);
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
    Atomics.add(this.words, ENCLOSED, word === SENT ? bytes : -bytes);
    Atomics.add(this.words, word, 1);
    this.ring();
  }

  /**
   * Sleeps until `hasCome`, or for `timeoutMs` with nothing happening. Whatever happens after the look at the bell is no
   * longer slept through.
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
  /** The slot that is sent next, as soon as it is free; null when nobody receives any more. */
  claim(): Slot | null {
    this.await(() => this.isClosed || this.#hasRoom());
    return this.isClosed ? null : this.slotAt(SENT);
  }

  /** Hands over the slot that was claimed. */
  send(): void {
    this.pass(SENT);
  }

  /** Says that everything to the end of the capture was sent. */
  finish(): void {
    Atomics.store(this.words, FINISHED, 1);
  }

  #hasRoom(): boolean {
    return this.taken < SLOTS && Atomics.load(this.words, ENCLOSED) < MAX_ENCLOSED_BYTES;
  }
}

/** Receiving end. */
export class SlotReceiver extends BatchSlots {
  /** Waits for `take` to have an answer; false when it has none after `timeoutMs`. */
  wait(timeoutMs: number): boolean {
    return this.await(() => this.taken > 0 || this.isClosed, timeoutMs);
  }

  /** The oldest slot that was sent, as soon as there is one; null after the last. The same until it is given back. */
  take(): Slot | null {
    this.await(() => this.taken > 0 || this.isClosed);
    return this.taken > 0 ? this.slotAt(RETURNED) : null;
  }

  /** Gives the slot back, all of it written: its memory is not to be looked at any more. */
  giveBack(): void {
    Atomics.store(this.words, SETTLED, this.slotAt(RETURNED).head[HEAD.entries] ?? 0);
    this.pass(RETURNED);
  }

  /** Sleeps for `timeoutMs`, or until it is hurried. */
  pause(timeoutMs: number): void {
    Atomics.wait(this.words, HURRIED, Atomics.load(this.words, HURRIED), timeoutMs);
  }
}

// Batch rows: what the numbers of a slot's rows mean, and what goes beside the slots.
//
// A frame is a row of numbers and its bytes behind those of the frame before; copying an object for each between
// threads would cost more than recording it. Everything else is rare, has a row that only keeps its place, and
// goes in an enclosure, by a port and structured clone.

/** Numbers of a row. All but the first are those of the frame's record, with the length of its bytes. */
export const COLUMN = {
  /** Index of the frame's facts in what all enclosures have told so far; `OTHER` for a record in the enclosure. */
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
} as const;

/** In place of facts: the row stands for the next record of the enclosure. */
export const OTHER = -1;

/** A length that says: the next bytes of the enclosure. */
export const OUT_OF_LINE = -1;

/** What goes with a batch beside its slot, each list in the order in which the rows need it. */
export interface OutOfLinePart {
  readonly records: CaptureRecord[];
  /** Facts that a row of the batch is the first to have, by their index. */
  readonly facts: { readonly index: number; readonly facts: FrameKey }[];
  /** Bytes that are too long for a slot. */
  readonly bytes: Uint8Array[];
}

/** A number of a row, from what may be null: NaN, which is no number of any record. */
export function toCell(value: number | null): number {
  return value ?? NaN;
}

/** What `toCell` was given. */
export function fromCell(cell: number | undefined): number | null {
  return cell === undefined || Number.isNaN(cell) ? null : cell;
}
