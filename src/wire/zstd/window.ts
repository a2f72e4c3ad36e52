/**
 * Window of a zstd frame: its newest output, from which matches are copied.
 *
 * Grows with the output up to the frame's window size and one block, so that an idle connection stays small; then the
 * oldest bytes are dropped. Source: RFC 8878 sections 3.1.1.4 and 3.1.1.5, "Sequence Execution", "Repeat Offsets".
 */
import { MAX_ZSTD_BLOCK_BYTES } from './frame-header.js';
import type { HeldBytes } from '../held-bytes.js';
import { corrupt, ZstdOverBudget } from './bits.js';
import type { Literals } from './literals.js';
import type { Sequences } from './sequences.js';

const FIRST_BYTES = 8 * 1024;
/** Longest buffer of a stream that is not counted as held: Discord's window is 256 KiB. */
const USUAL_BYTES = 1024 * 1024;
/** Shortest match for which a native copy is worth its call. */
const NATIVE_COPY_BYTES = 48;

/** Output of one frame. */
export class ZstdWindow {
  #windowBytes = 0;
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Bytes of output in the buffer. */
  #end = 0;
  readonly #held: HeldBytes;
  #counted = 0;
  /** Last three offsets. */
  #offset1 = 1;
  #offset2 = 4;
  #offset3 = 8;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  /** Starts a frame with a window of the given size. */
  reset(windowBytes: number): void {
    // A large window of an earlier frame is not kept for a frame with a small window.
    if (this.#buffer.length > windowBytes + MAX_ZSTD_BLOCK_BYTES) this.close();
    this.#windowBytes = windowBytes;
    this.#end = 0;
    this.#offset1 = 1;
    this.#offset2 = 4;
    this.#offset3 = 8;
  }

  /** Releases the output. */
  close(): void {
    this.#held.giveBack(this.#counted);
    this.#counted = 0;
    this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#end = 0;
  }

  /** Copy of the last `count` bytes of output, from the block written last. */
  last(count: number): Uint8Array {
    const copy = Buffer.allocUnsafe(count);
    this.#buffer.copy(copy, 0, this.#end - count, this.#end);
    return copy;
  }

  /** Writes the bytes from `start` to `end`. */
  writeRaw(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.#copyLiterals(bytes, start, end);
  }

  /** Writes one byte `count` times. */
  writeRepeated(byte: number, count: number): void {
    this.#reserve(count);
    this.#buffer.fill(byte, this.#end, this.#end + count);
    this.#end += count;
  }

  /** Executes the sequences on the literals; returns the number of bytes written, at most `maxBytes`. */
  writeSequences(literals: Literals, sequences: Sequences, maxBytes: number): number {
    const count = outputBytes(literals, sequences);
    if (count > maxBytes) corrupt('block over its limit');
    this.#reserve(count);
    const { literalLengths, offsetValues, matchLengths } = sequences;
    let at = literals.start;
    for (let i = 0; i < sequences.count; i++) {
      const literalLength = literalLengths[i] ?? 0;
      this.#copyLiterals(literals.bytes, at, at + literalLength);
      at += literalLength;
      this.#copyMatch(this.#resolveOffset(offsetValues[i] ?? 0, literalLength === 0), matchLengths[i] ?? 0);
    }
    this.#copyLiterals(literals.bytes, at, literals.start + literals.length);
    return count;
  }

  #copyLiterals(bytes: Uint8Array, start: number, end: number): void {
    const buffer = this.#buffer;
    let to = this.#end;
    if (end - start >= NATIVE_COPY_BYTES) {
      buffer.set(bytes.subarray(start, end), to);
      to += end - start;
    } else {
      for (let i = start; i < end; i++) buffer[to++] = bytes[i] ?? 0;
    }
    this.#end = to;
  }

  #copyMatch(offset: number, length: number): void {
    const buffer = this.#buffer;
    let to = this.#end;
    if (offset > to || offset > this.#windowBytes || offset === 0) corrupt('match from before the window');
    if (length >= NATIVE_COPY_BYTES && offset >= length) {
      buffer.copyWithin(to, to - offset, to - offset + length);
      to += length;
    } else {
      // Byte by byte, because a match may overlap what it writes.
      for (const end = to + length; to < end; to++) buffer[to] = buffer[to - offset] ?? 0;
    }
    this.#end = to;
  }

  /** Decodes an offset value, and updates the last three offsets. */
  #resolveOffset(value: number, isWithoutLiterals: boolean): number {
    // Without preceding literals the newest offset would only extend the last match, so values are shifted by one.
    const index = isWithoutLiterals ? value + 1 : value;
    if (value <= 3 && index === 1) return this.#offset1;
    const offset =
      value > 3 ? value - 3 : index === 2 ? this.#offset2 : index === 3 ? this.#offset3 : this.#offset1 - 1;
    if (value > 3 || index !== 2) this.#offset3 = this.#offset2;
    this.#offset2 = this.#offset1;
    this.#offset1 = offset;
    return offset;
  }

  /** Buffer of that many bytes; the part of a large one over the usual size counts as held. */
  #allocate(bytes: number): Buffer {
    const counted = Math.max(0, bytes - USUAL_BYTES);
    if (!this.#held.take(counted - this.#counted)) throw new ZstdOverBudget();
    this.#counted = counted;
    return Buffer.allocUnsafeSlow(bytes);
  }

  /** Makes room for `count` bytes, at most one block. */
  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const kept = Math.min(this.#end, this.#windowBytes);
    const maxBytes = this.#windowBytes + MAX_ZSTD_BLOCK_BYTES;
    if (this.#buffer.length < maxBytes) {
      const larger = this.#allocate(Math.min(maxBytes, Math.max(2 * this.#buffer.length, kept + count)));
      this.#buffer.copy(larger, 0, this.#end - kept, this.#end);
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#end - kept, this.#end);
    }
    this.#end = kept;
  }
}

/** Output size of a block: all its literals and matches. */
function outputBytes(literals: Literals, { count, literalLengths, matchLengths }: Sequences): number {
  let literalBytes = 0;
  let matchBytes = 0;
  for (let i = 0; i < count; i++) {
    literalBytes += literalLengths[i] ?? 0;
    matchBytes += matchLengths[i] ?? 0;
  }
  if (literalBytes > literals.length) corrupt('more literals used than there are');
  return literals.length + matchBytes;
}
