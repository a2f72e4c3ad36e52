/**
 * Batch: collects records until a transaction is due.
 *
 * A batch is due when it holds enough records, enough bytes, or its oldest record has waited long enough.
 * Large batches make inserts cheap; the age limit bounds the loss when the process is killed. Times are arguments.
 */
import type { CaptureRecord } from './records.js';

/** When a batch is due. */
export interface BatchLimits {
  readonly records: number;
  /** Bytes of bodies and raw frames together. */
  readonly bytes: number;
  /** Age of the oldest record, in µs. */
  readonly ageUs: number;
}

/**
 * Limits in production. The live recorder uses the same age: a killed process loses at most 100 ms, including the wait
 * between writes and the pauses of a loaded machine.
 */
export const BATCH_LIMITS: BatchLimits = Object.freeze({ records: 8192, bytes: 2 ** 23, ageUs: 40_000 });

/** Records for one transaction. */
export class Batch {
  readonly #limits: BatchLimits;
  #records: CaptureRecord[] = [];
  #bytes = 0;
  #firstAtUs = 0;

  constructor(limits: BatchLimits = BATCH_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#records.length;
  }

  /** Time at which the batch is due by age, or null while it is empty. */
  get dueAtUs(): number | null {
    return this.#records.length === 0 ? null : this.#firstAtUs + this.#limits.ageUs;
  }

  /** Appends records at the time `nowUs`. */
  add(records: readonly CaptureRecord[], nowUs: number): void {
    if (records.length === 0) return;
    if (this.#records.length === 0) this.#firstAtUs = nowUs;
    for (const record of records) {
      this.#records.push(record);
      if (record.type === 'frame') this.#bytes += countBytes(record.body) + countBytes(record.raw);
      if (record.type === 'exchange')
        this.#bytes += countBytes(record.request.text) + countBytes(record.response.text);
    }
  }

  /** Whether it is time to write. */
  isDue(nowUs: number): boolean {
    const count = this.#records.length;
    if (count === 0) return false;
    return (
      count >= this.#limits.records ||
      this.#bytes >= this.#limits.bytes ||
      nowUs - this.#firstAtUs >= this.#limits.ageUs
    );
  }

  /** Returns the records and resets. */
  take(): readonly CaptureRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}

function countBytes(bytes: Uint8Array | null): number {
  return bytes?.length ?? 0;
}
