/**
 * Inflates a deflate stream that may be cut anywhere, and keeps its context until the stream ends.
 *
 * Hand-written because no library is fast on many small pieces of one stream and frees its memory: this inflater does
 * 430,000 messages/s, fflate 10,000 (git show dade5ab). Used where node-inflate.ts cannot be. Between pieces it rebuilds
 * and copies only what a block needs. The output of a piece is not bounded here: it is at most 1,032 times the piece.
 * After an error the stream stays broken.
 * Source: RFC 1951; zlib `inflate.c` for what is refused.
 */
import { NO_BYTES } from '../no-bytes.js';
import { bitsAt, paddedInput } from '../bits.js';
import {
  type BlockCodes,
  BROKEN,
  DYNAMIC_BLOCK,
  emptyCodes,
  END_OF_BLOCK,
  FIXED_BLOCK,
  FIXED_CODES,
  INCOMPLETE,
  readCodes,
  STORED_BLOCK,
} from './block.js';
import { readCodeBits, packSymbol, readCodeSymbol } from './codes.js';

/** Longest distance of a match. */
const WINDOW_BYTES = 32 * 1024;
const MAX_MATCH_BYTES = 258;
/** Shortest match for which a native copy is worth its call. */
const NATIVE_COPY_BYTES = 48;
const HEADER_BITS = 3;
/** Length of a stored block, and its complement. */
const STORED_HEADER_BITS = 32;
const MAX_CODE_BITS = 15;
const NO_OUTPUT = Buffer.alloc(0);

/** Lengths and distances by their symbol: the base, and from bit 24 on how many bits to add (RFC 1951 §3.2.5). */
const LENGTHS = Uint32Array.of(
  ...packRanges(3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5]),
  MAX_MATCH_BYTES,
);
const DISTANCES = packRanges(
  1,
  [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13],
);
const FIRST_LENGTH = END_OF_BLOCK + 1;
/** Range of a symbol without a base. */
const NO_RANGE = 0;
/** First entry that is not a literal. */
const LITERAL_ENTRIES = packSymbol(END_OF_BLOCK);

/** Inflater of one stream. */
export class RawInflate {
  /** Unread bytes of input, and how many bits of the first one are already read. */
  #rest: Uint8Array = NO_BYTES;
  #restBits = 0;
  /** Codes of the current block, and the codes that dynamic blocks rebuild. */
  #codes: BlockCodes | null = null;
  #ownCodes: BlockCodes | null = null;
  /** Remaining bytes of a stored block. */
  #storedBytes = 0;
  #isLastBlock = false;
  #isBroken = false;
  /** The window, followed by the output. */
  #output: Buffer = firstBuffer();
  #length = 0;

  /**
   * Inflates the next bytes of the stream as far as they go; the result is the caller's. Returns null once the data is
   * broken or the stream has ended.
   */
  push(bytes: Uint8Array): Uint8Array | null {
    if (this.#isBroken) return null;
    const input = paddedInput(this.#rest, bytes);
    const inputBytes = this.#rest.length + bytes.length;
    const start = this.#length;
    const at = this.#readAll(input, this.#restBits, inputBytes * 8);
    this.#isBroken = at === BROKEN;
    if (this.#isBroken) return null;
    const isUsedUp = at === inputBytes * 8;
    this.#rest = isUsedUp ? NO_BYTES : Uint8Array.from(input.subarray(at >> 3, inputBytes));
    this.#restBits = at & 7;
    return this.#takeFrom(start);
  }

  /** Ends the stream and releases its buffer for the next one. */
  close(): void {
    this.#isBroken = true;
    giveBack(this.#output);
    this.#output = NO_OUTPUT;
  }

  /** Reads as far as possible; returns the end position, or `BROKEN`. */
  #readAll(input: Buffer, start: number, end: number): number {
    for (let at = start; ;) {
      const next = this.#readPart(input, at, end);
      if (next === BROKEN) return BROKEN;
      if (next === INCOMPLETE || next === at) return at;
      at = next;
    }
  }

  /** Reads a header, or a part of a block's data; returns where that ends, or a fault. */
  #readPart(input: Buffer, at: number, end: number): number {
    if (this.#storedBytes > 0) return this.#readStored(input, at, end);
    return this.#codes === null
      ? this.#readHeader(input, at, end)
      : this.#readSymbols(this.#codes, input, at, end);
  }

  #readHeader(input: Buffer, at: number, end: number): number {
    const start = at + HEADER_BITS;
    if (start > end) return INCOMPLETE;
    this.#isLastBlock = bitsAt(input, at, 1) === 1;
    const kind = bitsAt(input, at + 1, 2);
    if (kind === STORED_BLOCK) return this.#readStoredHeader(input, start, end);
    if (kind === FIXED_BLOCK) {
      this.#codes = FIXED_CODES;
      return start;
    }
    if (kind !== DYNAMIC_BLOCK) return BROKEN;
    this.#ownCodes ??= emptyCodes();
    const next = readCodes(input, start, end, this.#ownCodes);
    if (next >= 0) this.#codes = this.#ownCodes;
    return next;
  }

  /** Length and its complement, at the next byte boundary. */
  #readStoredHeader(input: Buffer, at: number, end: number): number {
    const lengthAt = (at + 7) & ~7;
    const next = lengthAt + STORED_HEADER_BITS;
    if (next > end) return INCOMPLETE;
    const length = bitsAt(input, lengthAt, 16);
    if ((length ^ 0xffff) !== bitsAt(input, lengthAt + 16, 16)) return BROKEN;
    this.#storedBytes = length;
    return length === 0 ? this.#endBlock(next) : next;
  }

  #readStored(input: Buffer, at: number, end: number): number {
    const start = at >> 3;
    const count = Math.min(this.#storedBytes, (end >> 3) - start);
    this.#reserve(count);
    input.copy(this.#output, this.#length, start, start + count);
    this.#length += count;
    this.#storedBytes -= count;
    const next = at + count * 8;
    return this.#storedBytes === 0 ? this.#endBlock(next) : next;
  }

  /** Reads symbols up to the end of the block or of the input. */
  #readSymbols(codes: BlockCodes, input: Buffer, start: number, end: number): number {
    const { literals } = codes;
    for (let at = start; ;) {
      this.#reserve(MAX_MATCH_BYTES);
      const entry = literals.read(input, at);
      let next = at + readCodeBits(entry);
      if (next > end) return at;
      if (next === at) next = noCode(at, end);
      else if (entry < LITERAL_ENTRIES) this.#output[this.#length++] = readCodeSymbol(entry);
      else if (readCodeSymbol(entry) === END_OF_BLOCK) return this.#endBlock(next);
      else next = this.#readMatch(codes, input, next, readCodeSymbol(entry), end);
      if (next === INCOMPLETE) return at;
      if (next === BROKEN) return BROKEN;
      at = next;
    }
  }

  /** Reads the rest of a match, after its length symbol, and copies it. */
  #readMatch({ distances }: BlockCodes, input: Buffer, start: number, symbol: number, end: number): number {
    const lengthRange = LENGTHS[symbol - FIRST_LENGTH] ?? NO_RANGE;
    const length = readBase(lengthRange) + bitsAt(input, start, readExtraBits(lengthRange));
    const distanceAt = start + readExtraBits(lengthRange);
    const entry = distances.read(input, distanceAt);
    if (readCodeBits(entry) === 0) return noCode(distanceAt, end);
    const extraAt = distanceAt + readCodeBits(entry);
    const range = DISTANCES[readCodeSymbol(entry)] ?? NO_RANGE;
    const distance = readBase(range) + bitsAt(input, extraAt, readExtraBits(range));
    const next = extraAt + readExtraBits(range);
    if (next > end) return INCOMPLETE;
    if (lengthRange === NO_RANGE || range === NO_RANGE || distance > this.#length) return BROKEN;
    this.#copy(length, distance);
    return next;
  }

  #copy(length: number, distance: number): void {
    const output = this.#output;
    let to = this.#length;
    const end = to + length;
    if (length >= NATIVE_COPY_BYTES && distance >= length)
      output.copyWithin(to, to - distance, end - distance);
    // Byte by byte, because a match may overlap what it writes.
    else for (; to < end; to++) output[to] = output[to - distance] ?? 0;
    this.#length = end;
  }

  /** Ends a block; the gateway's streams have no last one. */
  #endBlock(next: number): number {
    this.#codes = null;
    return this.#isLastBlock ? BROKEN : next;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#output.length) return;
    const larger = largerBuffer(this.#output.length, this.#length + count);
    this.#output.copy(larger, 0, 0, this.#length);
    this.#output = larger;
  }

  /** Copy of the output from `start` on. If the buffer is nearly full, only the window is kept. */
  #takeFrom(start: number): Uint8Array {
    const taken = Buffer.allocUnsafe(this.#length - start);
    this.#output.copy(taken, 0, start, this.#length);
    if (this.#length > FULL_BYTES - WINDOW_BYTES) {
      const isLong = this.#output.length > FULL_BYTES;
      const kept = isLong ? fullBuffer() : this.#output;
      this.#output.copy(kept, 0, this.#length - WINDOW_BYTES, this.#length);
      this.#output = kept;
      this.#length = WINDOW_BYTES;
    }
    return taken;
  }
}

/** Result if no code was found: `INCOMPLETE` if more input may complete it. */
function noCode(at: number, end: number): number {
  return at + MAX_CODE_BITS > end ? INCOMPLETE : BROKEN;
}

/** Consecutive ranges, from the number of extra bits of each. */
function packRanges(first: number, extraBits: readonly number[]): Uint32Array {
  let base = first;
  return Uint32Array.from(extraBits, (bits) => {
    const range = base | (bits << 24);
    base += 1 << bits;
    return range;
  });
}

function readBase(range: number): number {
  return range & 0xffffff;
}

function readExtraBits(range: number): number {
  return range >>> 24;
}

/** Full length: twice a window of 32 KiB (RFC 1951 section 2), and the output after it until it is moved. */
export const FULL_BYTES = 96 * 1024;
const FIRST_BYTES = 2 * 1024;
/** Longest buffer that grows by doubling; a longer one gets full length at once. */
const MAX_GROWN_BYTES = 8 * 1024;
const MAX_SPARE = 8;

/**
 * Buffers of ended streams, for later ones. A rewriting proxy needs a stream's buffer of full length only while a
 * client logs in; without spare buffers a thousand logins would leave a hundred megabytes of garbage. The old content
 * of a spare buffer is never read: a window starts empty.
 */
const spare: Buffer[] = [];

/** Buffer for a stream that begins. */
export function firstBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(FIRST_BYTES);
}

/** Buffer for `needed` bytes; replaces one of `oldBytes` that is too short. */
export function largerBuffer(oldBytes: number, needed: number): Buffer {
  const bytes = Math.max(2 * oldBytes, needed);
  return bytes > MAX_GROWN_BYTES && needed <= FULL_BYTES ? fullBuffer() : Buffer.allocUnsafeSlow(bytes);
}

/** Buffer of full length. */
export function fullBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(FULL_BYTES);
}

/** Takes the buffer of a stream that has ended. */
export function giveBack(buffer: Buffer): void {
  if (buffer.length === FULL_BYTES && spare.length < MAX_SPARE) spare.push(buffer);
}
