/**
 * Deadlines: functions to call once the recording has reached a time. A binary heap by time.
 */

interface Deadline {
  readonly atUs: number;
  readonly act: () => void;
}

/** Deadlines that were not reached yet. */
export class Deadlines {
  readonly #heap: Deadline[] = [];

  /** Time of the next deadline; Infinity without one. */
  nextUs = Infinity;

  /** Adds a deadline. */
  add(atUs: number, act: () => void): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ atUs, act });
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#isBefore(parent, at)) break;
      this.#swap(parent, at);
      at = parent;
    }
    this.nextUs = heap[0]?.atUs ?? Infinity;
  }

  /** Removes and returns the next deadline. */
  take(): (() => void) | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    this.nextUs = heap[0]?.atUs ?? Infinity;
    return first.act;
  }

  /** Removes all deadlines. */
  clear(): void {
    this.#heap.length = 0;
    this.nextUs = Infinity;
  }

  #sink(): void {
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    return (this.#heap[one]?.atUs ?? Infinity) < (this.#heap[other]?.atUs ?? Infinity);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
