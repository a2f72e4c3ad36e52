/**
 * Ledger: what the relay has put into the ring, entry by entry, until it is in the database.
 *
 * When the threads that record are gone, it says whose bytes went with them, and when these had passed. Entries are kept in
 * segments of fixed size, which are used again, so that noting one costs no allocation.
 */

/** Entries of a segment. */
const SEGMENT = 1024;

/** Segments that are kept for later; the others go when the queue has been long and is short again. */
const SPARE = 4;

interface Segment {
  readonly streams: Float64Array;
  readonly atUs: Float64Array;
  readonly bytes: Float64Array;
}

/** An entry that did not get into the database. */
export interface Unsettled {
  readonly stream: number;
  readonly atUs: number;
  readonly bytes: number;
}

/** For an entry that carries no traffic. */
export const NO_STREAM = -1;

/** Remembers the entries of one ring. */
export class Ledger {
  readonly #settledWord: () => number;
  readonly #segments: Segment[] = [newSegment()];
  readonly #spare: Segment[] = [];
  #current: Segment;
  #at = 0;
  /** Entries that were forgotten, a whole number of segments. */
  #forgotten = 0;
  #settled = 0;

  /** `settledWord`: how many entries are in the database, modulo 2^32. */
  constructor(settledWord: () => number) {
    this.#settledWord = settledWord;
    this.#current = this.#segments[0] ?? newSegment();
  }

  /** Entries that were noted. */
  get count(): number {
    return this.#forgotten + (this.#segments.length - 1) * SEGMENT + this.#at;
  }

  /** Entries that are in the database. */
  get settled(): number {
    // The word is 32 bits of the count, which never falls.
    this.#settled += (this.#settledWord() - this.#settled) | 0;
    return this.#settled;
  }

  /** Notes the next entry: bytes of a stream, which is any number. */
  note(stream: number, atUs: number, bytes: number): void {
    if (this.#at === SEGMENT) this.#turn();
    const { streams, atUs: times, bytes: lengths } = this.#current;
    streams[this.#at] = stream;
    times[this.#at] = atUs;
    lengths[this.#at] = bytes;
    this.#at += 1;
  }

  /** What is not in the database, oldest first. */
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
