/**
 * Literals section of a compressed zstd block: bytes that sequences copy from, plain, repeated or Huffman-coded.
 *
 * Source: RFC 8878 section 3.1.1.3.1, "Literals Section".
 */
import { MAX_ZSTD_BLOCK_BYTES } from './frame-header.js';
import { bitsAt } from '../bits.js';
import { corrupt } from './bits.js';
import type { HuffmanTable } from './huffman.js';
import { readHuffmanStream, readHuffmanTable } from './huffman.js';

/** Literals of one block. */
export interface Literals {
  /** Buffer that holds them, until the next block. */
  readonly bytes: Uint8Array;
  /** Start of the literals in the buffer. */
  readonly start: number;
  readonly length: number;
  /** Where the section ends. */
  readonly end: number;
  /** Table to use from now on, if the section has one. */
  readonly table: HuffmanTable | null;
}

const RAW = 0;
const RLE = 1;
const TREELESS = 3;
/** Four streams are preceded by three lengths of 16 bits. */
const JUMP_TABLE_BYTES = 6;

/** Literals of the current block; shared, because this code is synchronous. */
const scratch = Buffer.allocUnsafeSlow(MAX_ZSTD_BLOCK_BYTES);

/** Reads the section at `start` of a block that ends at `end`; `table`: the one that the last block used. */
export function readLiterals(
  bytes: Uint8Array,
  start: number,
  end: number,
  table: HuffmanTable | null,
): Literals {
  const type = (bytes[start] ?? 0) & 3;
  return type === RAW || type === RLE
    ? readPlainLiterals(bytes, start, end, type)
    : readCodedLiterals(
        bytes,
        start,
        end,
        type === TREELESS ? (table ?? corrupt('no table to repeat')) : null,
      );
}

function readPlainLiterals(bytes: Uint8Array, start: number, end: number, type: number): Literals {
  const format = bitsAt(bytes, start * 8 + 2, 2);
  const headerBytes = format === 3 ? 3 : format === 1 ? 2 : 1;
  const length =
    headerBytes === 1 ? bitsAt(bytes, start * 8 + 3, 5) : bitsAt(bytes, start * 8 + 4, headerBytes * 8 - 4);
  const dataStart = start + headerBytes;
  const dataEnd = dataStart + (type === RAW ? length : 1);
  if (dataEnd > end || length > MAX_ZSTD_BLOCK_BYTES) corrupt('literals past their block');
  if (type === RAW) return { bytes, start: dataStart, length, end: dataEnd, table: null };
  scratch.fill(bytes[dataStart] ?? 0, 0, length);
  return { bytes: scratch, start: 0, length, end: dataEnd, table: null };
}

function readCodedLiterals(
  bytes: Uint8Array,
  start: number,
  end: number,
  last: HuffmanTable | null,
): Literals {
  const format = bitsAt(bytes, start * 8 + 2, 2);
  // The lengths before and after coding, with this number of bits each, after four bits of type and format.
  const bits = format < 2 ? 10 : format === 2 ? 14 : 18;
  const length = bitsAt(bytes, start * 8 + 4, bits);
  const dataStart = start + ((4 + 2 * bits) >> 3);
  const dataEnd = dataStart + bitsAt(bytes, start * 8 + 4 + bits, bits);
  if (dataEnd > end || length > MAX_ZSTD_BLOCK_BYTES) corrupt('literals past their block');
  const { table, end: streams } =
    last === null ? readHuffmanTable(bytes, dataStart, dataEnd) : { table: last, end: dataStart };
  if (format === 0) readHuffmanStream(table, bytes, streams, dataEnd, scratch, 0, length);
  else readFourStreams(table, bytes, streams, dataEnd, length);
  return { bytes: scratch, start: 0, length, end: dataEnd, table };
}

/** The lengths of the first three streams, then four streams of a quarter each; the last may be shorter. */
function readFourStreams(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
): void {
  const quarter = (length + 3) >> 2;
  if (3 * quarter > length || start + JUMP_TABLE_BYTES > end) corrupt('too few literals for four streams');
  let streamStart = start + JUMP_TABLE_BYTES;
  for (let i = 0; i < 3; i++) {
    const streamEnd = streamStart + bitsAt(bytes, (start + 2 * i) * 8, 16);
    if (streamEnd > end) corrupt('literals past their block');
    readHuffmanStream(table, bytes, streamStart, streamEnd, scratch, i * quarter, (i + 1) * quarter);
    streamStart = streamEnd;
  }
  readHuffmanStream(table, bytes, streamStart, end, scratch, 3 * quarter, length);
}
