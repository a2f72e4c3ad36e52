/**
 * Batch sender: turns the recorder's records into batches in slots for the writer thread.
 *
 * Records are serialised as they arrive, so that none of their objects outlives the call. A batch is due when its slot
 * is full or its oldest record has waited long enough; that age bounds the loss when the process is killed. The caller
 * passes times in.
 */
import type { MessagePort } from 'node:worker_threads';
import { BATCH_LIMITS } from '../capture/batch.js';
import type { FrameKey } from '../capture/columns.js';
import { FrameKeyTable } from '../capture/frame-keys.js';
import type { UnfinishedBytes } from '../capture/half-connection.js';
import type { CaptureRecord, FrameRecord } from '../capture/records.js';
import {
  COLUMN,
  HEAD,
  OTHER,
  OUT_OF_LINE,
  type OutOfLinePart,
  ROW_NUMBERS,
  type Slot,
  SLOT_BYTES,
  SLOT_ROWS,
  type SlotSender,
  toCell,
} from './batch-slots.js';

/** Bytes of a frame from this length on are sent beside the slot, because they would leave it badly filled. */
const LONG_BYTES = SLOT_BYTES / 4;

interface KnownFacts extends FrameKey {
  readonly index: number;
}

/** Sends the batches of one capture. */
export class BatchSender {
  readonly #slots: SlotSender;
  readonly #port: MessagePort;
  readonly #unfinished: () => readonly UnfinishedBytes[];
  readonly #ageUs: number;
  readonly #facts = new FrameKeyTable<KnownFacts>();
  /** Slot that is being filled; null between batches. */
  #slot: Slot | null = null;
  #rows = 0;
  #bytes = 0;
  /** Arrival time of the first record, and the time of its event. */
  #firstAtUs = 0;
  #arrivedAtUs = 0;
  #outOfLine: OutOfLinePart | null = null;
  #outOfLineBytes = 0;
  /** Ring entries of which all records were added, modulo 2^32. */
  entries = 0;

  /** `port`: the end that belongs to the receiver's. `unfinished`: bytes of the entries that no record contains. */
  constructor(
    slots: SlotSender,
    port: MessagePort,
    unfinished: () => readonly UnfinishedBytes[] = () => [],
    ageUs = BATCH_LIMITS.ageUs,
  ) {
    this.#slots = slots;
    this.#port = port;
    this.#unfinished = unfinished;
    this.#ageUs = ageUs;
  }

  /** True when the receiver is gone; records are dropped then. */
  get isClosed(): boolean {
    return this.#slots.isClosed;
  }

  /** Time at which the batch is due by the arrival of its first frame, or null while it is empty. */
  get dueAtUs(): number | null {
    return this.#slot === null ? null : this.#arrivedAtUs + this.#ageUs;
  }

  /** Appends records that arrived at `nowUs`. Waits for the writer if every slot is taken. */
  add(records: readonly CaptureRecord[], nowUs: number): void {
    for (const record of records) {
      if (record.type === 'frame') this.#addFrame(record, nowUs);
      else this.#addOther(record, nowUs);
    }
  }

  /** Whether the batch is due. */
  isDue(nowUs: number): boolean {
    if (this.#slot === null) return false;
    return nowUs - this.#firstAtUs >= this.#ageUs || this.#outOfLineBytes >= SLOT_BYTES;
  }

  /** Marks that everything to the end of the capture was sent. */
  finish(): void {
    this.#slots.finish();
  }

  /** Sends the open batch. */
  send(): void {
    if (this.#slot === null) return;
    const { head } = this.#slot;
    head[HEAD.rows] = this.#rows;
    head[HEAD.hasOutOfLine] = Number(this.#outOfLine !== null);
    head[HEAD.outOfLineBytes] = this.#outOfLineBytes;
    head[HEAD.entries] = this.entries;
    this.#slots.noteUnfinished(this.#slot, this.#unfinished());
    if (this.#outOfLine !== null) {
      this.#port.postMessage(
        this.#outOfLine,
        this.#outOfLine.bytes.map(({ buffer }) => buffer as ArrayBuffer),
      );
    }
    this.#slots.send();
    this.#slot = null;
    this.#outOfLine = null;
    this.#rows = this.#bytes = this.#outOfLineBytes = 0;
  }

  #addFrame(frame: FrameRecord, nowUs: number): void {
    const length = shortLength(frame.body) + shortLength(frame.raw);
    const slot = this.#openSlot(length, nowUs, frame.atUs);
    if (slot === null) return;
    const { rows } = slot;
    const at = this.#rows * ROW_NUMBERS;
    this.#rows += 1;
    rows[at + COLUMN.facts] = this.#findIndex(frame);
    rows[at + COLUMN.connection] = frame.connection;
    rows[at + COLUMN.session] = toCell(frame.session);
    rows[at + COLUMN.frameNo] = frame.frameNo;
    rows[at + COLUMN.atUs] = frame.atUs;
    rows[at + COLUMN.seq] = toCell(frame.seq);
    rows[at + COLUMN.wireBytes] = frame.wireBytes;
    rows[at + COLUMN.payloadBytes] = toCell(frame.payloadBytes);
    rows[at + COLUMN.bodyBytes] = this.#keep(slot, frame.body);
    rows[at + COLUMN.rawBytes] = this.#keep(slot, frame.raw);
  }

  #addOther(record: Exclude<CaptureRecord, FrameRecord>, nowUs: number): void {
    const slot = this.#openSlot(0, nowUs, nowUs);
    if (slot === null) return;
    slot.rows[this.#rows * ROW_NUMBERS + COLUMN.facts] = OTHER;
    this.#rows += 1;
    this.#openOutOfLine().records.push(record);
    if (record.type !== 'exchange') return;
    this.#outOfLineBytes += (record.request.text?.length ?? 0) + (record.response.text?.length ?? 0);
  }

  /** A slot with room for one more row and `length` bytes; null if the receiver is gone. */
  #openSlot(length: number, nowUs: number, arrivedAtUs: number): Slot | null {
    if (this.#rows === SLOT_ROWS || this.#bytes + length > SLOT_BYTES) this.send();
    if (this.#slot === null) {
      this.#slot = this.#slots.claim();
      this.#firstAtUs = nowUs;
      this.#arrivedAtUs = Math.min(nowUs, arrivedAtUs);
    }
    return this.#slot;
  }

  #findIndex(frame: FrameRecord): number {
    const known = this.#facts.find(frame);
    if (known !== undefined) return known.index;
    const { sender, kind, status, op, event } = frame;
    const facts = { sender, kind, status, op, event };
    const index = this.#facts.isFull ? 0 : this.#facts.size;
    this.#facts.add(facts, { index, ...facts });
    this.#openOutOfLine().facts.push({ index, facts });
    return index;
  }

  /** Stores bytes for the receiver; returns the value for their length column. */
  #keep(slot: Slot, bytes: Uint8Array | null): number {
    if (bytes === null) return toCell(null);
    if (bytes.length >= LONG_BYTES) {
      // A copy with its own memory, which can be transferred; `slice` of a Buffer does not copy.
      this.#openOutOfLine().bytes.push(new Uint8Array(bytes));
      this.#outOfLineBytes += bytes.length;
      return OUT_OF_LINE;
    }
    slot.bytes.set(bytes, this.#bytes);
    this.#bytes += bytes.length;
    return bytes.length;
  }

  #openOutOfLine(): OutOfLinePart {
    return (this.#outOfLine ??= { records: [], facts: [], bytes: [] });
  }
}

/** Length of bytes that go into a slot. */
function shortLength(bytes: Uint8Array | null): number {
  return bytes === null || bytes.length >= LONG_BYTES ? 0 : bytes.length;
}
