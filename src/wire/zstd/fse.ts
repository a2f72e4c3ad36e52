/**
 * Tables of Finite State Entropy: read from a description, or predefined, or of a single symbol.
 *
 * A state is an index into the table; its entry has the symbol, the number of bits to read, and the base to add to them
 * for the next state. Source: RFC 8878 section 4.1.1, "FSE Table Description".
 */
import { bitsAt, highestBit } from '../bits.js';
import { corrupt } from './bits.js';

/** Decoding table. */
export interface FseTable {
  /** Bits of a state. */
  readonly accuracyLog: number;
  /** By state: the symbol in bits 0-7, the bits to read in 8-15, the base of the next state from 16 on. */
  readonly entries: Uint32Array;
}

/** Limits of a kind of table. */
export interface FseLimits {
  readonly maxSymbol: number;
  readonly maxAccuracyLog: number;
}

/**
 * Counts of the current description, and the next state number of each symbol; shared, because this code is
 * synchronous.
 */
const counts = new Int16Array(256);
const nextStates = new Uint16Array(256);

/** Entry at an index of a table. */
export function entryAt(entries: Uint32Array, index: number): number {
  return entries[index] ?? 0;
}

/** Symbol of an entry. */
export function readStateSymbol(entry: number): number {
  return entry & 0xff;
}

/** Bits to read for the state after an entry. */
export function readStateBits(entry: number): number {
  return (entry >> 8) & 0xff;
}

/** State after an entry, its bits read at the bit position `at`. */
export function nextState(bytes: Uint8Array, at: number, entry: number): number {
  return (entry >>> 16) + bitsAt(bytes, at, readStateBits(entry));
}

/** Table of one symbol, whose state needs no bits. */
export function singleSymbolTable(symbol: number): FseTable {
  return { accuracyLog: 0, entries: Uint32Array.of(symbol) };
}

/** Table of counts as in a description: -1 means a probability less than 1. */
export function makeFseTable(accuracyLog: number, symbolCounts: readonly number[]): FseTable {
  counts.set(symbolCounts);
  return buildTable(accuracyLog, symbolCounts.length);
}

/** Table read from the description at `start`, and where that ends. */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: FseLimits,
): { readonly table: FseTable; readonly end: number } {
  const accuracyLog = bitsAt(bytes, start * 8, 4) + 5;
  if (accuracyLog > limits.maxAccuracyLog) corrupt('FSE accuracy over its limit');
  let at = start * 8 + 4;
  let remaining = 1 << accuracyLog;
  let symbolCount = 0;
  while (remaining > 0) {
    if (symbolCount > limits.maxSymbol || at > end * 8) corrupt('FSE description without an end');
    const width = highestBit(remaining + 1) + 1;
    const value = readCount(bytes, at, width, remaining);
    at += value.width;
    counts[symbolCount++] = value.count;
    remaining -= Math.abs(value.count);
    if (value.count !== 0) continue;
    // After a count of 0, groups of two bits say how many more zeros follow.
    for (let repeat = 3; repeat === 3; at += 2) {
      repeat = bitsAt(bytes, at, 2);
      counts.fill(0, symbolCount, symbolCount + repeat);
      symbolCount += repeat;
      if (symbolCount > limits.maxSymbol) corrupt('FSE description with too many symbols');
    }
  }
  const descriptionEnd = (at + 7) >> 3;
  if (descriptionEnd > end) corrupt('FSE counts that do not fill the table');
  return { table: buildTable(accuracyLog, symbolCount), end: descriptionEnd };
}

/** Next count of a description: values below a threshold are one bit shorter than `width`. */
function readCount(
  bytes: Uint8Array,
  at: number,
  width: number,
  remaining: number,
): { readonly count: number; readonly width: number } {
  const value = bitsAt(bytes, at, width);
  const low = value & ((1 << (width - 1)) - 1);
  const threshold = (1 << width) - 2 - remaining;
  if (low < threshold) return { count: low - 1, width: width - 1 };
  return { count: (value > low ? value - threshold : value) - 1, width };
}

/** Spreads the first `symbolCount` symbols over a table by their `counts`. */
function buildTable(accuracyLog: number, symbolCount: number): FseTable {
  const size = 1 << accuracyLog;
  const entries = new Uint32Array(size);
  let rareStart = size;
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const count = counts[symbol] ?? 0;
    if (count === -1) entries[--rareStart] = symbol;
    nextStates[symbol] = Math.abs(count);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const count = counts[symbol] ?? 0;
    for (let i = 0; i < count; i++) {
      entries[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= rareStart);
    }
  }
  for (let state = 0; state < size; state++) {
    const symbol = entries[state] ?? 0;
    const next = nextStates[symbol] ?? 0;
    nextStates[symbol] = next + 1;
    const bits = accuracyLog - highestBit(next);
    entries[state] = symbol | (bits << 8) | (((next << bits) - size) << 16);
  }
  return { accuracyLog, entries };
}
