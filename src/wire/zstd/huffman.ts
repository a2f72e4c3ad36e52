/**
 * Huffman codes of zstd's literals: their description, and the streams they code.
 *
 * A description gives each symbol a weight; the weight of the last symbol is the remainder. Streams are read backwards
 * with a table that is indexed by as many bits as the longest code has.
 * Source: RFC 8878 section 4.2, "Huffman Coding".
 */
import { bitsAt, highestBit } from '../bits.js';
import { corrupt, lastBit } from './bits.js';
import { entryAt, nextState, readFseTable, readStateBits, readStateSymbol } from './fse.js';

/** Decoding table. */
export interface HuffmanTable {
  /** Bits of the longest code. */
  readonly maxBits: number;
  /** By the next `maxBits` bits: the symbol in bits 0-7, the length of its code above. */
  readonly entries: Uint16Array;
}

const MAX_BITS = 11;
const MAX_SYMBOLS = 256;
/** Header bytes of at least this value are followed by plain weights of four bits each. */
const FIRST_PLAIN_HEADER = 128;
const WEIGHT_LIMITS = { maxSymbol: MAX_BITS, maxAccuracyLog: 6 };

/** Current weights; shared, because this code is synchronous. */
const weights = new Uint8Array(MAX_SYMBOLS);

/** Table read from the description at `start`, and where that ends. */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const header = start < end ? (bytes[start] ?? 0) : corrupt('no Huffman description');
  const isPlain = header >= FIRST_PLAIN_HEADER;
  const plainCount = header - FIRST_PLAIN_HEADER + 1;
  const descriptionEnd = start + 1 + (isPlain ? (plainCount + 1) >> 1 : header);
  if (descriptionEnd > end) corrupt('Huffman description past its section');
  const count = isPlain
    ? readPlainWeights(bytes, start + 1, plainCount)
    : readCodedWeights(bytes, start + 1, descriptionEnd);
  return { table: buildTable(count), end: descriptionEnd };
}

/** Decodes the stream in the bytes from `start` to `end` into exactly the symbols of `out` from `at` to `until`. */
export function readHuffmanStream(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  until: number,
): void {
  const { entries, maxBits } = table;
  const floor = start * 8;
  let bit = lastBit(bytes, start, end);
  for (let i = at; i < until; i++) {
    const from = bit - maxBits;
    // Bits before the start of the stream read as zeros.
    const index =
      from >= floor ? bitsAt(bytes, from, maxBits) : bitsAt(bytes, floor, bit - floor) << (floor - from);
    const entry = entries[index] ?? 0;
    out[i] = entry & 0xff;
    bit -= entry >> 8;
    if (bit < floor) corrupt('Huffman stream too short');
  }
  if (bit !== floor) corrupt('Huffman stream too long');
}

function readPlainWeights(bytes: Uint8Array, start: number, count: number): number {
  for (let i = 0; i < count; i++) {
    const pair = bytes[start + (i >> 1)] ?? 0;
    weights[i] = i % 2 === 0 ? pair >> 4 : pair & 0xf;
  }
  return count;
}

/** Weights coded with FSE, by two alternating states, until the bits run out. */
function readCodedWeights(bytes: Uint8Array, start: number, end: number): number {
  const { table, end: streamStart } = readFseTable(bytes, start, end, WEIGHT_LIMITS);
  const { accuracyLog, entries } = table;
  const floor = streamStart * 8;
  let bit = lastBit(bytes, streamStart, end) - accuracyLog;
  let entry = entryAt(entries, bitsAt(bytes, bit, accuracyLog));
  bit -= accuracyLog;
  let other = entryAt(entries, bitsAt(bytes, bit, accuracyLog));
  if (bit < floor) corrupt('Huffman weights without states');
  for (let count = 0; count < MAX_SYMBOLS - 2;) {
    weights[count++] = readStateSymbol(entry);
    bit -= readStateBits(entry);
    if (bit < floor) {
      weights[count++] = readStateSymbol(other);
      return count;
    }
    const next = entryAt(entries, nextState(bytes, bit, entry));
    entry = other;
    other = next;
  }
  return corrupt('too many Huffman weights');
}

/** Table of the first `count` weights and the last one, which they imply. */
function buildTable(count: number): HuffmanTable {
  let sum = 0;
  for (let symbol = 0; symbol < count; symbol++) sum += countEntries(symbol);
  const maxBits = sum === 0 ? corrupt('Huffman weights of nothing') : highestBit(sum) + 1;
  const left = (1 << maxBits) - sum;
  if (maxBits > MAX_BITS || (left & (left - 1)) !== 0) corrupt('Huffman weights that do not fill the table');
  weights[count] = highestBit(left) + 1;
  const entries = new Uint16Array(1 << maxBits);
  // Entries are ordered by weight, then by symbol.
  for (let weight = 1, from = 0; weight <= maxBits; weight++) {
    for (let symbol = 0; symbol <= count; symbol++) {
      if (weights[symbol] !== weight) continue;
      const until = from + countEntries(symbol);
      entries.fill(symbol | ((maxBits + 1 - weight) << 8), from, until);
      from = until;
    }
  }
  return { maxBits, entries };
}

/** Number of table entries of a symbol, by its weight. */
function countEntries(symbol: number): number {
  return (1 << (weights[symbol] ?? 0)) >> 1;
}
