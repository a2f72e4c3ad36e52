/**
 * Batch: collects records until they are worth a transaction.
 *
 * A batch is due when it holds enough records, enough bytes, or its oldest record has waited long enough.
 * Large batches make inserts cheap; the age bounds what a killed process loses. Times are given in.
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

/** Limits in production. The age is the live recorder's, too: a killed process loses at most 100 ms, its nap included. */
export const BATCH_LIMITS: BatchLimits = Object.freeze({ records: 8192, bytes: 2 ** 23, ageUs: 60_000 });

/** Records on their way into one transaction. */
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

  /** Appends records that came up at `nowUs`. */
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

  /** Hands out the records and starts over. */
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
