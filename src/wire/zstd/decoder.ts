/**
 * Decodes a sequence of zstd frames from bytes that may be cut anywhere.
 *
 * Hand-written because Node 20 has no zstd, and fzstd is 8 times slower (git show 44b930b). Holds the state that
 * outlives a block: the window, the tables that later blocks may repeat, and the bytes of an incomplete block.
 * Checksums are skipped, because the transport below has its own; dictionaries are rejected. Source: RFC 8878 section
 * 3.1.1.
 */
import { NO_BYTES } from '../no-bytes.js';
import { bitsAt, paddedInput } from '../bits.js';
import { HeldBytes } from '../held-bytes.js';
import type { InflateBudget } from '../inflate-budget.js';
import type { InflateLimits } from '../inflated.js';
import { corrupt, ZstdOverBudget } from './bits.js';
import { MAX_ZSTD_BLOCK_BYTES, readZstdFrameHeader, type ZstdFrameHeader } from './frame-header.js';
import type { HuffmanTable } from './huffman.js';
import { readLiterals } from './literals.js';
import { readSequences, type SequenceTables } from './sequences.js';
import { ZstdWindow } from './window.js';

const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RAW = 0;
const RLE = 1;
const RESERVED = 3;

/** Decoder of one stream. */
export class ZstdDecoder {
  readonly #accept: (output: Uint8Array) => void;
  readonly #budget: InflateBudget | null;
  readonly #window: ZstdWindow;
  readonly #tables: SequenceTables = { literalLengths: null, offsets: null, matchLengths: null };
  #huffman: HuffmanTable | null = null;
  /** Current frame, or null between frames. */
  #frame: ZstdFrameHeader | null = null;
  /** Whether only the checksum of the frame is missing. */
  #isChecksumNext = false;
  /** Output of the frame so far. */
  #contentBytes = 0;
  /** Bytes to skip before the next read. */
  #skipBytes = 0;
  /** Input of an incomplete part. */
  #rest: Uint8Array = NO_BYTES;

  /** Passes the output of each block to `accept`, which owns it, and charges the work to `budget`. */
  constructor(
    accept: (output: Uint8Array) => void,
    { budget, held }: Pick<InflateLimits, 'budget' | 'held'> = {},
  ) {
    this.#accept = accept;
    this.#budget = budget ?? null;
    this.#window = new ZstdWindow(held ?? new HeldBytes(Infinity));
  }

  /** Releases its memory; the decoder is unusable afterwards. */
  close(): void {
    this.#window.close();
    this.#rest = NO_BYTES;
  }

  /** Whether the input so far ends where a block or a frame ends. */
  get isAtBoundary(): boolean {
    return this.#rest.length === 0 && this.#skipBytes === 0 && !this.#isChecksumNext;
  }

  /**
   * Decodes the next bytes, as far as blocks are complete. Throws `ZstdCorruption` or `ZstdOverBudget`; the decoder is
   * unusable afterwards.
   */
  push(bytes: Uint8Array): void {
    // A block in many pieces is copied once per piece.
    this.#spend(this.#rest.length);
    const end = this.#rest.length + bytes.length;
    const input = paddedInput(this.#rest, bytes);
    let at = 0;
    for (let next = 0; next >= 0; next = this.#readPart(input, at, end)) at = next;
    this.#rest = at < end ? Uint8Array.from(input.subarray(at, end)) : NO_BYTES;
  }

  /** Reads one part of a frame; returns where it ends, or -1 if it is incomplete. */
  #readPart(input: Buffer, at: number, end: number): number {
    if (at === end) return -1;
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, end - at);
      this.#skipBytes -= skipped;
      return at + skipped;
    }
    if (this.#frame === null) return this.#readHeader(input, at, end);
    if (this.#isChecksumNext) return end - at < CHECKSUM_BYTES ? -1 : this.#endFrame(at + CHECKSUM_BYTES);
    return this.#readBlock(this.#frame, input, at, end);
  }

  #readHeader(input: Buffer, at: number, end: number): number {
    const header = readZstdFrameHeader(input, at, end);
    if (header === null) return -1;
    if (header.skippedBytes !== null) {
      this.#skipBytes = header.skippedBytes;
      return at + header.headerBytes;
    }
    this.#frame = header;
    this.#contentBytes = 0;
    this.#window.reset(header.windowBytes);
    this.#huffman = null;
    this.#tables.literalLengths = this.#tables.offsets = this.#tables.matchLengths = null;
    return at + header.headerBytes;
  }

  /** Reads a block: three bytes with one bit for the last block, two bits for its kind, and the rest for its length. */
  #readBlock(frame: ZstdFrameHeader, input: Buffer, at: number, end: number): number {
    if (end - at < BLOCK_HEADER_BYTES) return -1;
    const header = bitsAt(input, at * 8, 24);
    const kind = (header >> 1) & 3;
    const size = header >> 3;
    const maxBytes = Math.min(frame.windowBytes, MAX_ZSTD_BLOCK_BYTES);
    if (kind === RESERVED || size > maxBytes) corrupt('block of no known kind or over its limit');
    const start = at + BLOCK_HEADER_BYTES;
    const blockEnd = start + (kind === RLE ? 1 : size);
    if (blockEnd > end) return -1;
    const count = this.#writeBlock(input, kind, size, start, blockEnd, maxBytes);
    this.#contentBytes += count;
    this.#spend(count);
    if (count > 0) this.#accept(this.#window.last(count));
    if ((header & 1) === 0) return blockEnd;
    this.#isChecksumNext = frame.hasChecksum;
    return frame.hasChecksum ? blockEnd : this.#endFrame(blockEnd);
  }

  /** Writes a block to the window; returns how many bytes it made. */
  #writeBlock(
    input: Buffer,
    kind: number,
    size: number,
    start: number,
    end: number,
    maxBytes: number,
  ): number {
    if (kind === RAW) this.#window.writeRaw(input, start, end);
    else if (kind === RLE) this.#window.writeRepeated(bitsAt(input, start * 8, 8), size);
    else {
      if (this.#budget?.spendBlock() === false) throw new ZstdOverBudget();
      const literals = readLiterals(input, start, end, this.#huffman);
      this.#huffman = literals.table ?? this.#huffman;
      const sequences = readSequences(input, literals.end, end, this.#tables);
      return this.#window.writeSequences(literals, sequences, maxBytes);
    }
    return size;
  }

  #spend(bytes: number): void {
    if (this.#budget?.spend(bytes) === false) throw new ZstdOverBudget();
  }

  #endFrame(at: number): number {
    const expected = this.#frame?.contentBytes ?? this.#contentBytes;
    if (expected !== this.#contentBytes) corrupt('frame of another length than its header says');
    this.#frame = null;
    this.#isChecksumNext = false;
    return at;
  }
}
