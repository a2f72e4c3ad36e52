/**
 * Index of secret values: finds all of them in a text, at a cost independent of their number.
 *
 * Of each value nine 8-byte windows in a row are kept in a hash table; any occurrence then covers at least one of every
 * ninth position of the text, so only those are looked up (the shift of Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994). Tokens of interactions begin alike, so the windows are taken from the end of a
 * value, or from wherever the fewest other values have theirs. The comparisons have a budget, in case values are made
 * to collide everywhere; beyond it any text with a window of a value counts as a value, which masks too much.
 */

/** One occurrence of a secret value in a text; positions in bytes, the end exclusive. */
export interface Occurrence {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

interface Window {
  readonly value: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

const WINDOW_BYTES = 8;
const STRIDE = 9;
/** Shortest value that has nine windows. */
export const MIN_INDEXED_BYTES = WINDOW_BYTES + STRIDE - 1;
/** Length that most credentials have; comparing more of them goes faster in one call. */
const NEAR_BYTES = 128;
/** Of 36,864 windows one bit each: a twentieth of a text passes when the set is full, and of that again. */
const FILTER_BITS = 20;
/** Values at one window that need no other place to be looked for. */
const FEW_VALUES = 4;
/** Places of a value that are tried for its windows. */
const MAX_PLACES = 32;
/** Bytes that may be compared for each byte of a text, and for any text. */
const BUDGET_PER_BYTE = 32;
const MIN_BUDGET_BYTES = 65_536;

const NONE: readonly Occurrence[] = Object.freeze([]);

/** Values of `MIN_INDEXED_BYTES` and more, and a search for all of them at once. */
export class ValueIndex {
  readonly #windows = new Map<number, Window[]>();
  /** One bit for each hash that the first half of a window has: keeps most of a text from a closer look. */
  readonly #filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  /** The same for the hash of the whole window: keeps nearly all of the rest from being looked up. */
  readonly #wholeFilter = new Uint32Array(2 ** (FILTER_BITS - 5));
  /** Bytes that may still be compared in the text that is searched. */
  #budgetBytes = 0;

  /** Forgets all values. */
  clear(): void {
    this.#windows.clear();
    this.#filter.fill(0);
    this.#wholeFilter.fill(0);
  }

  /** Adds a value, which is not in it yet. */
  add(value: string, bytes: Uint8Array): void {
    const place = this.#placeFor(bytes);
    for (let offset = place; offset < place + STRIDE; offset += 1) {
      const hash = hashAt(bytes, offset);
      const windows = this.#windows.get(hash);
      if (windows === undefined) this.#windows.set(hash, [{ value, bytes, offset }]);
      else windows.push({ value, bytes, offset });
      pass(this.#filter, firstHash(bytes, offset));
      pass(this.#wholeFilter, hash >>> (32 - FILTER_BITS));
    }
  }

  /** All occurrences in `bytes`, in order, without overlaps. */
  findIn(bytes: Uint8Array): readonly Occurrence[] {
    const filter = this.#filter;
    const last = bytes.length - WINDOW_BYTES;
    let found: Occurrence[] | null = null;
    this.#budgetBytes = MIN_BUDGET_BYTES + bytes.length * BUDGET_PER_BYTE;
    for (let at = 0; at <= last; at += STRIDE) {
      if (!passes(filter, firstHash(bytes, at))) continue;
      const occurrence = this.#verify(bytes, at, found?.at(-1)?.end ?? 0);
      if (occurrence === null) continue;
      found ??= [];
      found.push(occurrence);
    }
    return found === null ? NONE : withoutOverlaps(found);
  }

  /** Where the windows of a value begin: at its end, or where fewer values have the same ones. */
  #placeFor(bytes: Uint8Array): number {
    let best = 0;
    let fewest = Infinity;
    const last = bytes.length - MIN_INDEXED_BYTES;
    const step = Math.max(WINDOW_BYTES, Math.floor(last / MAX_PLACES));
    for (let place = last; place >= 0; place -= step) {
      const count = this.#mostAt(bytes, place);
      if (count < FEW_VALUES) return place;
      if (count < fewest) [best, fewest] = [place, count];
    }
    return best;
  }

  /** Values that the most common of the nine windows at `place` has already. */
  #mostAt(bytes: Uint8Array, place: number): number {
    let most = 0;
    for (let offset = place; offset < place + STRIDE; offset += 1) {
      most = Math.max(most, this.#windows.get(hashAt(bytes, offset))?.length ?? 0);
    }
    return most;
  }

  /** Longest value whose window is at `at`, or null; `from` is the end of what was found before. */
  #verify(bytes: Uint8Array, at: number, from: number): Occurrence | null {
    const hash = hashAt(bytes, at);
    if (!passes(this.#wholeFilter, hash >>> (32 - FILTER_BITS))) return null;
    const windows = this.#windows.get(hash);
    if (windows === undefined) return null;
    let longest: Occurrence | null = null;
    for (const { value, bytes: wanted, offset } of windows) {
      if (this.#budgetBytes < 0) return at + WINDOW_BYTES <= from ? null : runAround(bytes, at, from);
      const start = at - offset;
      if (start < 0 || !this.#isAt(bytes, start, wanted)) continue;
      const end = start + wanted.length;
      if (longest === null || end - start > longest.end - longest.start) longest = { start, end, value };
    }
    return longest;
  }

  /** Whether `wanted` is at `start`: byte by byte where a difference is likely, then all the rest at once. */
  #isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
    const end = start + wanted.length;
    this.#budgetBytes -= WINDOW_BYTES;
    if (end > bytes.length) return false;
    const near = Math.min(wanted.length, NEAR_BYTES);
    for (let i = 0; i < near; i += 1) {
      if (bytes[start + i] === wanted[i]) continue;
      this.#budgetBytes -= i;
      return false;
    }
    this.#budgetBytes -= wanted.length;
    return (
      near === wanted.length || Buffer.compare(bytes.subarray(start + near, end), wanted.subarray(near)) === 0
    );
  }
}

/** In order of position; those that overlap become one, under the value of the longer. */
export function withoutOverlaps(found: Occurrence[]): readonly Occurrence[] {
  if (found.length < 2) return found;
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Occurrence[] = [];
  for (const next of found) {
    const last = kept.at(-1);
    if (last === undefined || next.start >= last.end) kept.push(next);
    else if (next.end > last.end) kept[kept.length - 1] = union(last, next);
  }
  return kept;
}

function union(first: Occurrence, second: Occurrence): Occurrence {
  const isSecondLonger = second.end - second.start > first.end - first.start;
  return { start: first.start, end: second.end, value: isSecondLonger ? second.value : first.value };
}

/** Everything around `at` that one value could hold, from `from` on: no quote, backslash or control character. */
function runAround(bytes: Uint8Array, at: number, from: number): Occurrence {
  let start = at;
  while (start > from && canHold(bytes[start - 1] ?? 0)) start -= 1;
  let end = at + WINDOW_BYTES;
  while (end < bytes.length && canHold(bytes[end] ?? 0)) end += 1;
  return { start, end, value: Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString() };
}

function canHold(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
}

/** Lets a hash of `FILTER_BITS` bits through a filter. */
function pass(filter: Uint32Array, hash: number): void {
  filter[hash >>> 5] = (filter[hash >>> 5] ?? 0) | (1 << (hash & 31));
}

/** Whether a hash passes: there are false positives, but no false negatives. */
function passes(filter: Uint32Array, hash: number): boolean {
  return ((filter[hash >>> 5] ?? 0) & (1 << (hash & 31))) !== 0;
}

/** Hash of the eight bytes at `at`. */
function hashAt(bytes: Uint8Array, at: number): number {
  return Math.imul(half(bytes, at), 0x9e3779b1) ^ Math.imul(half(bytes, at + 4), 0x85ebca6b);
}

/** Hash of the four bytes at `at`, in `FILTER_BITS` bits. */
function firstHash(bytes: Uint8Array, at: number): number {
  return Math.imul(half(bytes, at), 0x9e3779b1) >>> (32 - FILTER_BITS);
}

function half(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
