/**
 * Detects, while JSON is scanned, whether any object has a key of a given set, so that only such texts are examined
 * further.
 *
 * Compares the raw bytes of keys, ignoring case. The scanner reports a key with escapes with `seeEscaped`, and it
 * always counts as a member: there are false positives, but no false negatives.
 */

/** Slots of the table, a power of two. */
const SLOTS = 1 << 15;
/** Bit that upper case letters lack. Setting it also changes some other bytes, which only causes false positives. */
const LOWER_CASE = 0x20;
const FOUR_LOWER_CASE = 0x20202020;
/** Bytes that can precede the opening quote of a key. */
const BEFORE_KEY = ['{', ',', ' ', '\n', '\r', '\t'];

/** Set of object keys, and whether a member was seen. */
export class JsonKeys {
  /** 1 where a member's last four bytes hash to. */
  readonly #isCandidate = new Uint8Array(SLOTS);
  readonly #endings: readonly Uint8Array[];
  /** True from the first member on, until it is reset. */
  hasSeen = false;

  /**
   * Set of `names`, each at least two bytes long. One that starts with `*` matches every key that ends in the rest,
   * which is at least four bytes long.
   */
  constructor(names: Iterable<string>) {
    const endings = Array.from(names, (name) => (name.startsWith('*') ? name.slice(1) : `"${name}`));
    this.#endings = endings.map((ending) => Buffer.from(ending));
    for (const ending of endings) {
      // The opening quote is hashed too; with two letters that leaves one byte for whatever precedes the quote.
      for (const before of BEFORE_KEY) {
        const text = Buffer.from(before + ending);
        this.#isCandidate[hashSlot(text, text.length)] = 1;
      }
    }
  }

  /** Checks the key from `start` to `end`, quotes included. */
  see(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 4 || this.#isCandidate[hashSlot(bytes, end - 1)] === 0 || this.hasSeen) return;
    this.hasSeen = this.#isMember(bytes, start, end);
  }

  // No closure: with one in `see`, V8 allocates its context for every key, which is half of what a frame allocates.
  #isMember(bytes: Uint8Array, start: number, end: number): boolean {
    for (const ending of this.#endings) if (endsWith(bytes, start, end - 1, ending)) return true;
    return false;
  }

  /** Counts a key with escapes as a member. */
  seeEscaped(): void {
    this.hasSeen = true;
  }
}

/** Hash of the four bytes before `end`. */
function hashSlot(bytes: Uint8Array, end: number): number {
  const last = (bytes[end - 1] ?? 0) | ((bytes[end - 2] ?? 0) << 8);
  const word = last | ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 4] ?? 0) << 24);
  return Math.imul(word | FOUR_LOWER_CASE, 0x9e3779b1) >>> 17;
}

function endsWith(bytes: Uint8Array, start: number, end: number, ending: Uint8Array): boolean {
  const from = end - ending.length;
  if (from < start) return false;
  for (let i = 0; i < ending.length; i++) {
    if (((bytes[from + i] ?? 0) | LOWER_CASE) !== ((ending[i] ?? 0) | LOWER_CASE)) return false;
  }
  return true;
}
