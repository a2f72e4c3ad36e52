/**
 * Headers of deflate blocks: the kind of a block, and the codes of a dynamic block.
 *
 * Source: RFC 1951 sections 3.2.3, 3.2.6 and 3.2.7.
 */
import { bitsAt } from '../bits.js';
import { readCodeBits, DeflateCode, readCodeSymbol } from './codes.js';

/** Kinds of block. */
export const STORED_BLOCK = 0;
export const FIXED_BLOCK = 1;
export const DYNAMIC_BLOCK = 2;

/** Results of reading a description that cannot be used, below any position. */
export const BROKEN = -1;
export const INCOMPLETE = -2;

/** Symbol that ends a block. */
export const END_OF_BLOCK = 256;

/** Codes of a block. */
export interface BlockCodes {
  readonly literals: DeflateCode;
  readonly distances: DeflateCode;
}

const MAX_LITERALS = 288;
const MAX_DISTANCES = 32;
/** Highest counts that a description may give (zlib `inflate.c`). */
const MAX_DESCRIBED_LITERALS = 286;
const MAX_DESCRIBED_DISTANCES = 30;
/** Order of the lengths of the code for code lengths. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Repeat symbols of that code: the number of count bits, and the base count. */
const REPEATS = new Map([
  [16, { bits: 2, least: 3 }],
  [17, { bits: 3, least: 3 }],
  [18, { bits: 7, least: 11 }],
]);
const REPEAT_LAST = 16;

/** Current lengths, and the code that they are coded with; shared, because this code is synchronous. */
const lengths = new Uint8Array(MAX_LITERALS + MAX_DISTANCES);
const lengthCode = new DeflateCode(LENGTH_ORDER.length);

/** Codes of a fixed block. */
export const FIXED_CODES = fixedCodes();

/** Codes that each dynamic block rebuilds. */
export function emptyCodes(): BlockCodes {
  return { literals: new DeflateCode(MAX_LITERALS), distances: new DeflateCode(MAX_DISTANCES) };
}

/**
 * Reads the description of a block's codes at the bit position `at` into `codes`. Returns where it ends, or `BROKEN`,
 * or `INCOMPLETE` if it continues after the bit position `end`; `codes` are then unusable.
 */
export function readCodes(bytes: Uint8Array, at: number, end: number, codes: BlockCodes): number {
  const literalCount = bitsAt(bytes, at, 5) + 257;
  const distanceCount = bitsAt(bytes, at + 5, 5) + 1;
  const lengthCount = bitsAt(bytes, at + 10, 4) + 4;
  const lengthsAt = at + 14 + 3 * lengthCount;
  if (lengthsAt > end) return INCOMPLETE;
  if (literalCount > MAX_DESCRIBED_LITERALS || distanceCount > MAX_DESCRIBED_DISTANCES) return BROKEN;
  lengths.fill(0, 0, LENGTH_ORDER.length);
  for (let i = 0; i < lengthCount; i++) lengths[LENGTH_ORDER[i] ?? 0] = bitsAt(bytes, at + 14 + 3 * i, 3);
  if (!lengthCode.build(lengths, 0, LENGTH_ORDER.length) || !lengthCode.isComplete) return BROKEN;
  const count = literalCount + distanceCount;
  const next = readLengths(bytes, lengthsAt, end, count);
  if (next < 0) return next;
  const isUsable =
    lengths[END_OF_BLOCK] !== 0 &&
    codes.literals.build(lengths, 0, literalCount) &&
    codes.distances.build(lengths, literalCount, count);
  return isUsable ? next : BROKEN;
}

/** Reads `count` lengths of codes; returns as `readCodes` does. */
function readLengths(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  for (let i = 0; i < count;) {
    const entry = lengthCode.read(bytes, at);
    const symbol = readCodeSymbol(entry);
    const repeat = REPEATS.get(symbol);
    at += readCodeBits(entry);
    const times = repeat === undefined ? 1 : repeat.least + bitsAt(bytes, at, repeat.bits);
    at += repeat?.bits ?? 0;
    if (at > end) return INCOMPLETE;
    if (i + times > count || (symbol === REPEAT_LAST && i === 0)) return BROKEN;
    const length = symbol < REPEAT_LAST ? symbol : symbol === REPEAT_LAST ? (lengths[i - 1] ?? 0) : 0;
    lengths.fill(length, i, i + times);
    i += times;
  }
  return at;
}

function fixedCodes(): BlockCodes {
  const codes = emptyCodes();
  lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, MAX_LITERALS);
  codes.literals.build(lengths, 0, MAX_LITERALS);
  lengths.fill(5, 0, MAX_DISTANCES);
  codes.distances.build(lengths, 0, MAX_DISTANCES);
  return codes;
}
