/**
 * Batch sender: the recorder's records become batches in slots, on their way to the writer thread.
 *
 * Records are written down as they come up, so that no object of theirs outlives the call. A batch is due when its slot
 * is full or its oldest record has waited long enough; the age bounds what a killed process loses. Times are given in.
 */
import type { MessagePort } from 'node:worker_threads';
import { BATCH_LIMITS } from '../capture/batch.js';
import { FrameKeyTable, type FrameKey } from '../capture/frame-keys.js';
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

/** Bytes of a frame from this length on go beside the slot, which would not be filled well with them. */
const LONG_BYTES = SLOT_BYTES / 4;

interface KnownFacts extends FrameKey {
  readonly index: number;
}

/** Sends the batches of one capture. */
export class BatchSender {
  readonly #slots: SlotSender;
  readonly #port: MessagePort;
  readonly #ageUs: number;
  readonly #facts = new FrameKeyTable<KnownFacts>();
  /** Slot that is being filled; null between batches. */
  #slot: Slot | null = null;
  #rows = 0;
  #bytes = 0;
  /** When the first record came up, and when what it tells of happened. */
  #firstAtUs = 0;
  #arrivedAtUs = 0;
  #outOfLine: OutOfLinePart | null = null;
  #enclosedBytes = 0;
  /** Entries of the ring of which all records were added, modulo 2^32. */
  entries = 0;

  /** `port`: the one whose other end the receiver has. */
  constructor(slots: SlotSender, port: MessagePort, ageUs = BATCH_LIMITS.ageUs) {
    this.#slots = slots;
    this.#port = port;
    this.#ageUs = ageUs;
  }

  /** True once nobody receives batches any more; records are dropped then. */
  get isClosed(): boolean {
    return this.#slots.isClosed;
  }

  /** Time at which the batch is due by the age of its first frame since it arrived, or null while it is empty. */
  get dueAtUs(): number | null {
    return this.#slot === null ? null : this.#arrivedAtUs + this.#ageUs;
  }

  /** Appends records that came up at `nowUs`. Waits for the writer where every slot is taken. */
  add(records: readonly CaptureRecord[], nowUs: number): void {
    for (const record of records) {
      if (record.type === 'frame') this.#addFrame(record, nowUs);
      else this.#addOther(record, nowUs);
    }
  }

  /** Whether it is time to send. */
  isDue(nowUs: number): boolean {
    if (this.#slot === null) return false;
    return nowUs - this.#firstAtUs >= this.#ageUs || this.#enclosedBytes >= SLOT_BYTES;
  }

  /** Says that everything to the end of the capture was sent. */
  finish(): void {
    this.#slots.finish();
  }

  /** Sends what there is. */
  send(): void {
    if (this.#slot === null) return;
    const { head } = this.#slot;
    head[HEAD.rows] = this.#rows;
    head[HEAD.hasOutOfLine] = Number(this.#outOfLine !== null);
    head[HEAD.outOfLineBytes] = this.#enclosedBytes;
    head[HEAD.entries] = this.entries;
    if (this.#outOfLine !== null) {
      this.#port.postMessage(
        this.#outOfLine,
        this.#outOfLine.bytes.map(({ buffer }) => buffer as ArrayBuffer),
      );
    }
    this.#slots.send();
    this.#slot = null;
    this.#outOfLine = null;
    this.#rows = this.#bytes = this.#enclosedBytes = 0;
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
    this.#enclosed().records.push(record);
    if (record.type !== 'exchange') return;
    this.#enclosedBytes += (record.request.text?.length ?? 0) + (record.response.text?.length ?? 0);
  }

  /** A slot with room for one more row and `length` bytes; null when nobody receives it. */
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
    this.#enclosed().facts.push({ index, facts });
    return index;
  }

  /** Puts bytes where the receiver finds them; what to write down as their length. */
  #keep(slot: Slot, bytes: Uint8Array | null): number {
    if (bytes === null) return toCell(null);
    if (bytes.length >= LONG_BYTES) {
      // A copy with memory of its own, which can be handed over as it is; `slice` of a Buffer would be none.
      this.#enclosed().bytes.push(new Uint8Array(bytes));
      this.#enclosedBytes += bytes.length;
      return OUT_OF_LINE;
    }
    slot.bytes.set(bytes, this.#bytes);
    this.#bytes += bytes.length;
    return bytes.length;
  }

  #enclosed(): OutOfLinePart {
    return (this.#outOfLine ??= { records: [], facts: [], bytes: [] });
  }
}

/** Length of bytes that go into a slot. */
function shortLength(bytes: Uint8Array | null): number {
  return bytes === null || bytes.length >= LONG_BYTES ? 0 : bytes.length;
}
