/**
 * Ledger: entries that the relay has put into the ring and that are not in the database yet.
 *
 * When the recording threads die, it lists the streams and times of the lost bytes. Entries are kept in reused segments
 * of fixed size, so noting one allocates nothing.
 */

/** Entries of a segment. */
const SEGMENT = 1024;

/** Spare segments that are kept. More are freed after a long queue has become short again. */
const SPARE = 4;

interface Segment {
  readonly streams: Float64Array;
  readonly atUs: Float64Array;
  readonly bytes: Float64Array;
}

/** An entry that is not in the database. */
export interface Unsettled {
  readonly stream: number;
  readonly atUs: number;
  readonly bytes: number;
}

/** Stream of an entry without traffic. */
export const NO_STREAM = -1;

/** Remembers the entries of one ring. */
export class Ledger {
  readonly #settledWord: () => number;
  readonly #segments: Segment[] = [newSegment()];
  readonly #spare: Segment[] = [];
  #current: Segment;
  #at = 0;
  /** Number of dropped entries, a multiple of the segment size. */
  #forgotten = 0;
  #settled = 0;

  /** `settledWord`: how many entries are in the database, modulo 2^32. */
  constructor(settledWord: () => number) {
    this.#settledWord = settledWord;
    this.#current = this.#segments[0] ?? newSegment();
  }

  /** Number of noted entries. */
  get count(): number {
    return this.#forgotten + (this.#segments.length - 1) * SEGMENT + this.#at;
  }

  /** Number of entries in the database. */
  get settled(): number {
    // The word has the low 32 bits of the count, which never falls.
    this.#settled += (this.#settledWord() - this.#settled) | 0;
    return this.#settled;
  }

  /** Notes the next entry: bytes of a stream; `stream` can be any number. */
  note(stream: number, atUs: number, bytes: number): void {
    if (this.#at === SEGMENT) this.#turn();
    const { streams, atUs: times, bytes: lengths } = this.#current;
    streams[this.#at] = stream;
    times[this.#at] = atUs;
    lengths[this.#at] = bytes;
    this.#at += 1;
  }

  /** Entries that are not in the database, oldest first. */
  *unsettled(): Generator<Unsettled> {
    const { count } = this;
    for (let entry = Math.max(this.settled, this.#forgotten); entry < count; entry += 1) {
      const segment = this.#segments[Math.floor((entry - this.#forgotten) / SEGMENT)];
      const at = (entry - this.#forgotten) % SEGMENT;
      const stream = segment?.streams[at] ?? NO_STREAM;
      if (stream === NO_STREAM) continue;
      yield { stream, atUs: segment?.atUs[at] ?? 0, bytes: segment?.bytes[at] ?? 0 };
    }
  }

  #turn(): void {
    const done = Math.floor((this.settled - this.#forgotten) / SEGMENT);
    if (done > 0) {
      this.#spare.push(...this.#segments.splice(0, done).slice(0, SPARE));
      this.#spare.length = Math.min(this.#spare.length, SPARE);
      this.#forgotten += done * SEGMENT;
    }
    this.#current = this.#spare.pop() ?? newSegment();
    this.#segments.push(this.#current);
    this.#at = 0;
  }
}

function newSegment(): Segment {
  return {
    streams: new Float64Array(SEGMENT),
    atUs: new Float64Array(SEGMENT),
    bytes: new Float64Array(SEGMENT),
  };
}
