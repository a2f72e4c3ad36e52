/**
 * Batch receiver: turns batches in slots into records for the store.
 *
 * Bodies are views of the slot's memory, which SQLite copies when they are bound. They are valid until the batch is
 * given back.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { FrameKey } from '../capture/columns.js';
import type { CaptureRecord, FrameRecord } from '../capture/records.js';
import {
  COLUMN,
  fromCell,
  HEAD,
  OTHER,
  OUT_OF_LINE,
  type OutOfLinePart,
  ROW_NUMBERS,
  type Slot,
  type SlotReceiver,
} from './batch-slots.js';

const NOTHING: OutOfLinePart = Object.freeze({ records: [], facts: [], bytes: [] });

/** Receives the batches of one capture. */
export class BatchReceiver {
  readonly #slots: SlotReceiver;
  readonly #port: MessagePort;
  readonly #facts: FrameKey[] = [];

  /** `port`: the end that belongs to the sender's. */
  constructor(slots: SlotReceiver, port: MessagePort) {
    this.#slots = slots;
    this.#port = port;
  }

  /** Waits until `take` would return; returns false after `timeoutMs`. */
  wait(timeoutMs: number): boolean {
    return this.#slots.wait(timeoutMs);
  }

  /** Next batch, as soon as one is available; null after the last. Valid until `giveBack`. */
  take(): readonly CaptureRecord[] | null {
    const slot = this.#slots.take();
    if (slot === null) return null;
    const outOfLine = slot.head[HEAD.hasOutOfLine] === 1 ? this.#outOfLine() : NOTHING;
    for (const { index, facts } of outOfLine.facts) this.#facts[index] = facts;
    return this.#records(slot, outOfLine);
  }

  /** Returns the memory of the taken batch to the sender. */
  giveBack(): void {
    this.#slots.giveBack();
  }

  #outOfLine(): OutOfLinePart {
    const received = receiveMessageOnPort(this.#port) as { readonly message: OutOfLinePart } | undefined;
    if (received === undefined) throw new TypeError('a batch came without its out-of-line part');
    return received.message;
  }

  #records(slot: Slot, outOfLine: OutOfLinePart): CaptureRecord[] {
    const { rows } = slot;
    const bytes = new Bytes(slot, outOfLine);
    const others = outOfLine.records.values();
    const records: CaptureRecord[] = [];
    const end = (slot.head[HEAD.rows] ?? 0) * ROW_NUMBERS;
    for (let at = 0; at < end; at += ROW_NUMBERS) {
      const index = rows[at + COLUMN.facts] ?? OTHER;
      if (index !== OTHER) records.push(this.#frame(rows, at, index, bytes));
      else {
        const { value } = others.next();
        if (value !== undefined) records.push(value);
      }
    }
    return records;
  }

  #frame(rows: Float64Array, at: number, index: number, bytes: Bytes): FrameRecord {
    const facts = this.#facts[index];
    if (facts === undefined) throw new TypeError(`a batch names facts ${index}, which no batch had before`);
    return {
      type: 'frame',
      connection: rows[at + COLUMN.connection] ?? 0,
      session: fromCell(rows[at + COLUMN.session]),
      frameNo: rows[at + COLUMN.frameNo] ?? 0,
      atUs: rows[at + COLUMN.atUs] ?? 0,
      sender: facts.sender,
      kind: facts.kind,
      status: facts.status,
      op: facts.op,
      event: facts.event,
      seq: fromCell(rows[at + COLUMN.seq]),
      wireBytes: rows[at + COLUMN.wireBytes] ?? 0,
      payloadBytes: fromCell(rows[at + COLUMN.payloadBytes]),
      body: bytes.next(fromCell(rows[at + COLUMN.bodyBytes])),
      raw: bytes.next(fromCell(rows[at + COLUMN.rawBytes])),
    };
  }
}

/** Bytes of a batch's frames, one after the other. */
class Bytes {
  readonly #slot: Uint8Array;
  readonly #outOfLine: Iterator<Uint8Array>;
  #at = 0;

  constructor(slot: Slot, outOfLine: OutOfLinePart) {
    this.#slot = slot.bytes;
    this.#outOfLine = outOfLine.bytes.values();
  }

  /** The next `length` of them. */
  next(length: number | null): Uint8Array | null {
    if (length === null) return null;
    if (length === OUT_OF_LINE) return this.#outOfLine.next().value as Uint8Array;
    const start = this.#slot.byteOffset + this.#at;
    this.#at += length;
    return new Uint8Array(this.#slot.buffer, start, length);
  }
}
