/**
 * Secret values seen so far in a capture, and where they turn up again: in payload text, close reasons, raw bytes.
 *
 * Searching costs the same however many values there are. Of each value the first nine 8-byte windows are kept in
 * a hash table; any occurrence then covers at least one of every ninth position of the text, so only those are
 * looked up (the shift of Wu and Manber, "A fast algorithm for multi-pattern searching", 1994). Shorter values
 * are searched one by one, and there may only be a few of them.
 */

/** Shortest value that is remembered, in bytes; masking anything shorter would hit innocent text. */
export const MIN_SECRET_BYTES = 8;
/**
 * Longest value that is remembered: many times what any credential has. A megabyte of nothing but `a1`, sent as a
 * token, would be compared with a text full of its beginnings for hours.
 */
export const MAX_SECRET_BYTES = 2048;
/** Values that are remembered; beyond it the oldest are forgotten, but for credentials. */
export const MAX_SECRET_VALUES = 4096;
/** Credentials that are remembered besides: what clients identify with, and their session ids. */
export const MAX_CREDENTIALS = 1024;
/** Values under `LONG_BYTES` that are remembered. */
export const MAX_SHORT_VALUES = 32;

// Such a value could match the structure of JSON instead of a string in it.
// eslint-disable-next-line no-control-regex
const UNLIKELY = /["\\\u0000-\u001f]/;
const WINDOW_BYTES = 8;
const STRIDE = 9;
const LONG_BYTES = WINDOW_BYTES + STRIDE - 1;
/** Length that most credentials have; comparing more of them goes faster in one call. */
const NEAR_BYTES = 128;
/** Of 36,864 windows one bit each: a twentieth of a text passes when the set is full, and of that again. */
const FILTER_BITS = 20;

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

const NONE: readonly Occurrence[] = Object.freeze([]);

/** Bounded set of secret values with a fast search. */
export class SecretValues {
  readonly #credentials = new Set<string>();
  readonly #values = new Set<string>();
  readonly #shortValues = new Map<string, Uint8Array>();
  readonly #windows = new Map<number, Window[]>();
  /** One bit for each hash that the first half of a window has: keeps most of a text from a closer look. */
  readonly #filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  /** The same for the hash of the whole window: keeps nearly all of the rest from being looked up. */
  readonly #wholeFilter = new Uint32Array(2 ** (FILTER_BITS - 5));

  /**
   * Remembers a value, unless it is too short, too long, or has a quote, backslash or control character in it, which
   * no credential has. A credential is never forgotten in favour of other values.
   */
  remember(value: string, isCredential: boolean): void {
    const set = isCredential ? this.#credentials : this.#values;
    if (set.has(value) || UNLIKELY.test(value)) return;
    const bytes = Buffer.from(value);
    if (!canBeCredential(bytes.length)) return;
    if (bytes.length < LONG_BYTES) {
      if (this.#shortValues.size < MAX_SHORT_VALUES || isCredential) this.#shortValues.set(value, bytes);
      if (this.#shortValues.size > MAX_SHORT_VALUES) forgetOldest(this.#shortValues, 1);
      return;
    }
    set.add(value);
    const limit = isCredential ? MAX_CREDENTIALS : MAX_SECRET_VALUES;
    if (set.size <= limit) this.#index(value, bytes);
    else {
      forgetOldest(set, limit / 4);
      this.#rebuild();
    }
  }

  /** Whether no value is remembered. */
  get isEmpty(): boolean {
    return this.#windows.size === 0 && this.#shortValues.size === 0;
  }

  /** All occurrences in `bytes`, in order, without overlaps. */
  findIn(bytes: Uint8Array): readonly Occurrence[] {
    const long = this.#windows.size === 0 ? NONE : this.#findLong(bytes);
    const short = this.#shortValues.size === 0 ? NONE : this.#findShort(bytes);
    if (short.length === 0) return long;
    return withoutOverlaps([...long, ...short]);
  }

  /** `text` with every occurrence replaced. */
  replaceIn(text: string, placeholder: (value: string) => string): string {
    const bytes = Buffer.from(text);
    const found = this.findIn(bytes);
    if (found.length === 0) return text;
    let result = '';
    let at = 0;
    for (const { start, end, value } of found) {
      result += bytes.toString('utf8', at, start) + placeholder(value);
      at = end;
    }
    return result + bytes.toString('utf8', at);
  }

  #index(value: string, bytes: Uint8Array): void {
    for (let offset = 0; offset < STRIDE; offset += 1) {
      const hash = hashAt(bytes, offset);
      const windows = this.#windows.get(hash);
      if (windows === undefined) this.#windows.set(hash, [{ value, bytes, offset }]);
      else windows.push({ value, bytes, offset });
      pass(this.#filter, firstHash(bytes, offset));
      pass(this.#wholeFilter, hash >>> (32 - FILTER_BITS));
    }
  }

  #rebuild(): void {
    this.#windows.clear();
    this.#filter.fill(0);
    this.#wholeFilter.fill(0);
    for (const value of this.#credentials) this.#index(value, Buffer.from(value));
    for (const value of this.#values) this.#index(value, Buffer.from(value));
  }

  #findLong(bytes: Uint8Array): readonly Occurrence[] {
    const filter = this.#filter;
    const last = bytes.length - WINDOW_BYTES;
    let found: Occurrence[] | null = null;
    for (let at = 0; at <= last; at += STRIDE) {
      if (!passes(filter, firstHash(bytes, at))) continue;
      const occurrence = this.#verify(bytes, at);
      if (occurrence === null) continue;
      found ??= [];
      found.push(occurrence);
    }
    return found === null ? NONE : withoutOverlaps(found);
  }

  /** Longest value whose window stands at `at`, or null. */
  #verify(bytes: Uint8Array, at: number): Occurrence | null {
    const hash = hashAt(bytes, at);
    if (!passes(this.#wholeFilter, hash >>> (32 - FILTER_BITS))) return null;
    let longest: Occurrence | null = null;
    for (const { value, bytes: wanted, offset } of this.#windows.get(hash) ?? []) {
      const start = at - offset;
      if (start < 0 || !isAt(bytes, start, wanted)) continue;
      const end = start + wanted.length;
      if (longest === null || end - start > longest.end - longest.start) longest = { start, end, value };
    }
    return longest;
  }

  #findShort(bytes: Uint8Array): readonly Occurrence[] {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const found: Occurrence[] = [];
    for (const [value, wanted] of this.#shortValues) {
      for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + 1)) {
        found.push({ start, end: start + wanted.length, value });
      }
    }
    return found;
  }
}

function canBeCredential(length: number): boolean {
  return length >= MIN_SECRET_BYTES && length <= MAX_SECRET_BYTES;
}

/** Lets a hash of `FILTER_BITS` bits through a filter. */
function pass(filter: Uint32Array, hash: number): void {
  filter[hash >>> 5] = (filter[hash >>> 5] ?? 0) | (1 << (hash & 31));
}

/** Whether a hash passes: yes too often, but never no. */
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

/** Whether `wanted` stands at `start`: a byte compared with a byte while they may well differ, then all the rest at once. */
function isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  const end = start + wanted.length;
  if (end > bytes.length) return false;
  const near = Math.min(wanted.length, NEAR_BYTES);
  for (let i = 0; i < near; i += 1) if (bytes[start + i] !== wanted[i]) return false;
  return (
    near === wanted.length || Buffer.compare(bytes.subarray(start + near, end), wanted.subarray(near)) === 0
  );
}

/** In order of position; those that overlap become one, under the value of the longer. */
function withoutOverlaps(found: Occurrence[]): readonly Occurrence[] {
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

function forgetOldest(set: Set<string> | Map<string, unknown>, count: number): void {
  let left = count;
  for (const value of set.keys()) {
    if (left-- <= 0) return;
    set.delete(value);
  }
}
