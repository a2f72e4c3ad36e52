/**
 * Huffman codes of deflate: built from the lengths of the codes, read a symbol at a time.
 *
 * Short codes are looked up in a table; longer ones are followed bit by bit. This keeps the table small and fast to
 * build: the gateway's messages are short, and most have their own codes.
 * Source: RFC 1951 section 3.2.2; zlib `inftrees.c` for which incomplete codes are allowed, `contrib/puff` for how
 * long codes are followed.
 */
import { bitsAt } from '../bits.js';

/** Bits of one table lookup. */
const LOOKUP_BITS = 9;
const MAX_BITS = 15;
/** Entry without a code. */
const NO_CODE = 0;

/** Lowest entry of a symbol: they are in the order of symbols. */
export function packSymbol(symbol: number): number {
  return symbol << 4;
}

/** Symbol of a code that was read. */
export function readCodeSymbol(entry: number): number {
  return entry >> 4;
}

/** Length of a code that was read; 0 for an invalid code. */
export function readCodeBits(entry: number): number {
  return entry & 15;
}

/** One code, which is rebuilt for each block. */
export class DeflateCode {
  /** By the next bits: the symbol and the length of its code, or 0 for a longer or invalid code. */
  readonly #lookup = new Uint16Array(1 << LOOKUP_BITS);
  /** Codes of each length. */
  readonly #counts = new Uint16Array(MAX_BITS + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;
  /** Where the symbols of each length start, while a code is built. */
  readonly #starts = new Uint16Array(MAX_BITS + 2);

  /** Whether every pattern of bits is the start of a code. */
  isComplete = false;

  constructor(maxSymbols: number) {
    this.#symbols = new Uint16Array(maxSymbols);
  }

  /** Builds the code whose symbols have the lengths from `start` to `end`; returns false if the lengths are invalid. */
  build(lengths: Uint8Array, start: number, end: number): boolean {
    const counts = this.#counts.fill(0);
    for (let i = start; i < end; i++) add(counts, lengths[i] ?? 0, 1);
    counts[0] = 0;
    const left = patternsLeft(counts);
    this.isComplete = left === 0;
    // A single code of one bit leaves half of the patterns unused; a code without symbols leaves all.
    const isAllowed =
      left === 0 || left === 1 << MAX_BITS || (left === 1 << (MAX_BITS - 1) && counts[1] === 1);
    if (!isAllowed) return false;
    const starts = this.#starts;
    starts[1] = 0;
    for (let bits = 1; bits < MAX_BITS; bits++) starts[bits + 1] = at(starts, bits) + at(counts, bits);
    for (let i = start; i < end; i++) {
      const bits = lengths[i] ?? 0;
      if (bits > 0) this.#symbols[add(starts, bits, 1)] = i - start;
    }
    this.#fillLookup();
    return true;
  }

  /** Reads the code at the bit position `position`; see `readCodeSymbol` and `readCodeBits`. */
  read(bytes: Uint8Array, position: number): number {
    const entry = at(this.#lookup, bitsAt(bytes, position, LOOKUP_BITS));
    return entry === NO_CODE ? this.#readLong(bytes, position) : entry;
  }

  /** Follows a code bit by bit: codes of one length are consecutive numbers, starting after the shorter codes. */
  #readLong(bytes: Uint8Array, position: number): number {
    const next = bitsAt(bytes, position, MAX_BITS);
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      code = (code << 1) | ((next >> (bits - 1)) & 1);
      const count = at(this.#counts, bits);
      if (code - first < count) return (at(this.#symbols, index + code - first) << 4) | bits;
      index += count;
      first = (first + count) << 1;
    }
    return NO_CODE;
  }

  /** Enters each short code once for every combination of the bits after it. */
  #fillLookup(): void {
    const lookup = this.#lookup.fill(NO_CODE);
    let code = 0;
    let index = 0;
    for (let bits = 1; bits <= LOOKUP_BITS; bits++, code <<= 1) {
      for (const end = index + at(this.#counts, bits); index < end; index++, code++) {
        const entry = (at(this.#symbols, index) << 4) | bits;
        for (let i = reversed(code, bits); i < lookup.length; i += 1 << bits) lookup[i] = entry;
      }
    }
  }
}

/** Number of unused patterns of `MAX_BITS` bits; negative if the code is oversubscribed. */
function patternsLeft(counts: Uint16Array): number {
  let left = 1 << MAX_BITS;
  for (let bits = 1; bits <= MAX_BITS; bits++) left -= at(counts, bits) << (MAX_BITS - bits);
  return left;
}

/** The lowest `count` bits of `code` in reverse order. */
function reversed(code: number, count: number): number {
  let result = 0;
  for (let i = 0, rest = code; i < count; i++, rest >>= 1) result = (result << 1) | (rest & 1);
  return result;
}

function at(values: Uint16Array, index: number): number {
  return values[index] ?? 0;
}

/** Adds to a value; returns the old value. */
function add(values: Uint16Array, index: number, count: number): number {
  const value = at(values, index);
  values[index] = value + count;
  return value;
}
