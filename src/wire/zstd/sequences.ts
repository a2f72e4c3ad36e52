/**
 * Sequences section of a compressed zstd block: the number of literals to copy, then length and distance of a match.
 *
 * Three kinds of symbol (literal lengths, offsets, match lengths) have a table each, which a block describes, repeats
 * from the last block, or takes from the defaults. Source: RFC 8878 section 3.1.1.3.2, "Sequences Section".
 */
import { bitsAt } from '../bits.js';
import { corrupt, lastBit } from './bits.js';
import type { FseLimits, FseTable } from './fse.js';
import {
  entryAt,
  makeFseTable,
  nextState,
  readFseTable,
  singleSymbolTable,
  readStateBits,
  readStateSymbol,
} from './fse.js';

/** Tables of the three kinds of symbol, null until a block sets one. */
export interface SequenceTables {
  literalLengths: FseTable | null;
  offsets: FseTable | null;
  matchLengths: FseTable | null;
}

/** Sequences of one block, the first `count` of each array; valid until the next block. */
export interface Sequences {
  readonly count: number;
  readonly literalLengths: Uint32Array;
  /** Offset values: 1 to 3 repeat an earlier offset, others are 3 too large. */
  readonly offsetValues: Uint32Array;
  readonly matchLengths: Uint32Array;
}

/** A kind of symbol: its default table, and the limits of a described one. */
interface SymbolKind extends FseLimits {
  readonly defaultTable: FseTable;
}

// RFC 8878 section 3.1.1.3.2.2, "Default Distributions".
const LITERAL_LENGTH: SymbolKind = {
  maxSymbol: 35,
  maxAccuracyLog: 9,
  defaultTable: makeFseTable(
    6,
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
  ),
};
const MATCH_LENGTH: SymbolKind = {
  maxSymbol: 52,
  maxAccuracyLog: 9,
  defaultTable: makeFseTable(
    6,
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
  ),
};
const OFFSET: SymbolKind = {
  maxSymbol: 31,
  maxAccuracyLog: 8,
  defaultTable: makeFseTable(
    5,
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  ),
};

// RFC 8878 section 3.1.1.3.2.1.1, "Sequence Codes for Lengths and Offsets".
const LITERAL_LENGTHS = lengthCodes(
  0,
  16,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCH_LENGTHS = lengthCodes(
  3,
  32,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);

/** Offset of a number of sequences in three bytes. */
const LONG_COUNT = 0x7f00;
/** Maximum number of sequences in a block: the largest that its header can hold. */
const MAX_SEQUENCES = 0xffff + LONG_COUNT;
/** Bits of an offset that are read at once. */
const OFFSET_CHUNK_BITS = 24;

/** Sequences of the current block; shared, because this code is synchronous. */
const literalLengths = new Uint32Array(MAX_SEQUENCES);
const offsetValues = new Uint32Array(MAX_SEQUENCES);
const matchLengths = new Uint32Array(MAX_SEQUENCES);

/** Reads the section between `start` and `end`; `tables`: those of the last block, which it may replace. */
export function readSequences(
  bytes: Uint8Array,
  start: number,
  end: number,
  tables: SequenceTables,
): Sequences {
  const { count, end: headerEnd } = readCount(bytes, start, end);
  if (count > 0) readStream(bytes, end, count, readTables(bytes, headerEnd, end, tables));
  else if (headerEnd !== end) corrupt('bytes behind no sequences');
  return { count, literalLengths, offsetValues, matchLengths };
}

/** Number of sequences, in one to three bytes. */
function readCount(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly count: number; readonly end: number } {
  if (start >= end) corrupt('no sequences section');
  const first = bitsAt(bytes, start * 8, 8);
  if (first < 128) return { count: first, end: start + 1 };
  if (first < 255) return { count: ((first - 128) << 8) | bitsAt(bytes, start * 8 + 8, 8), end: start + 2 };
  return { count: bitsAt(bytes, start * 8 + 8, 16) + LONG_COUNT, end: start + 3 };
}

/** Tables of the sequences that begin behind them. */
interface BlockTables {
  readonly literals: FseTable;
  readonly offsets: FseTable;
  readonly matches: FseTable;
  /** Where they end. */
  readonly end: number;
}

/** Reads which table each kind of symbol has, and those that are described; keeps them for the next block. */
function readTables(bytes: Uint8Array, start: number, end: number, tables: SequenceTables): BlockTables {
  const modes = bitsAt(bytes, start * 8, 8);
  if (start >= end || (modes & 3) !== 0) corrupt('reserved bits of the sequences set');
  const literals = readTable(bytes, start + 1, end, modes >> 6, LITERAL_LENGTH, tables.literalLengths);
  const offsets = readTable(bytes, literals.end, end, (modes >> 4) & 3, OFFSET, tables.offsets);
  const matches = readTable(bytes, offsets.end, end, (modes >> 2) & 3, MATCH_LENGTH, tables.matchLengths);
  tables.literalLengths = literals.table;
  tables.offsets = offsets.table;
  tables.matchLengths = matches.table;
  return { literals: literals.table, offsets: offsets.table, matches: matches.table, end: matches.end };
}

/** Table of one kind, by its mode: default, one symbol, described here, or that of the last block. */
function readTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  mode: number,
  kind: SymbolKind,
  last: FseTable | null,
): { readonly table: FseTable; readonly end: number } {
  if (mode === 0) return { table: kind.defaultTable, end: start };
  if (mode === 2) return readFseTable(bytes, start, end, kind);
  if (mode === 3) return { table: last ?? corrupt('no table to repeat'), end: start };
  const symbol = bytes[start] ?? 0;
  if (start >= end || symbol > kind.maxSymbol) corrupt('symbol over its limit');
  return { table: singleSymbolTable(symbol), end: start + 1 };
}

/** Reads the sequences themselves, backwards from `end`. */
function readStream(
  bytes: Uint8Array,
  end: number,
  count: number,
  { literals, offsets, matches, end: start }: BlockTables,
): void {
  const floor = start * 8;
  let at = lastBit(bytes, start, end);
  at -= literals.accuracyLog;
  let literal = entryAt(literals.entries, bitsAt(bytes, at, literals.accuracyLog));
  at -= offsets.accuracyLog;
  let offset = entryAt(offsets.entries, bitsAt(bytes, at, offsets.accuracyLog));
  at -= matches.accuracyLog;
  let match = entryAt(matches.entries, bitsAt(bytes, at, matches.accuracyLog));
  for (let i = 0; ; i++) {
    at -= readStateSymbol(offset);
    offsetValues[i] = offsetValue(bytes, at, readStateSymbol(offset));
    const matchCode = entryAt(MATCH_LENGTHS, readStateSymbol(match));
    at -= readCodeBits(matchCode);
    matchLengths[i] = readCodeBase(matchCode) + bitsAt(bytes, at, readCodeBits(matchCode));
    const literalCode = entryAt(LITERAL_LENGTHS, readStateSymbol(literal));
    at -= readCodeBits(literalCode);
    literalLengths[i] = readCodeBase(literalCode) + bitsAt(bytes, at, readCodeBits(literalCode));
    if (at < floor || i === count - 1) break;
    at -= readStateBits(literal);
    literal = entryAt(literals.entries, nextState(bytes, at, literal));
    at -= readStateBits(match);
    match = entryAt(matches.entries, nextState(bytes, at, match));
    at -= readStateBits(offset);
    offset = entryAt(offsets.entries, nextState(bytes, at, offset));
  }
  if (at !== floor) corrupt('sequences that do not end with their bits');
}

/** Offset value with `bits` bits below its highest. */
function offsetValue(bytes: Uint8Array, at: number, bits: number): number {
  if (bits <= OFFSET_CHUNK_BITS) return (1 << bits) + bitsAt(bytes, at, bits);
  const high = bitsAt(bytes, at + OFFSET_CHUNK_BITS, bits - OFFSET_CHUNK_BITS);
  return 2 ** bits + high * 2 ** OFFSET_CHUNK_BITS + bitsAt(bytes, at, OFFSET_CHUNK_BITS);
}

/** Codes of lengths by their symbol: the first ones have one length each, the rest have extra bits. */
function lengthCodes(firstLength: number, plainCount: number, extraBits: readonly number[]): Uint32Array {
  let base = firstLength;
  const bits = [...Array.from({ length: plainCount }, () => 0), ...extraBits];
  return Uint32Array.from(bits, (count) => {
    const code = base | (count << 24);
    base += 1 << count;
    return code;
  });
}

/** Number of extra bits of a length code. */
function readCodeBits(code: number): number {
  return code >>> 24;
}

/** Shortest length of a length code. */
function readCodeBase(code: number): number {
  return code & 0xffffff;
}
