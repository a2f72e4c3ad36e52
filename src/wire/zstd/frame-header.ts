/**
 * Headers of zstd frames. Source: RFC 8878 sections 3.1.1.1 and 3.1.2.
 */
import { BOUNDS } from '../bounds.js';
import { corrupt } from './bits.js';

/** Fields of a frame header. */
export interface ZstdFrameHeader {
  /** Bytes of the header itself, magic number included. */
  readonly headerBytes: number;
  /** Bytes to skip after the header, in a skippable frame; null in a frame with blocks. */
  readonly skippedBytes: number | null;
  /** Window size: the longest distance of a match. */
  readonly windowBytes: number;
  /** Bytes of the whole content, or null if the header lacks it. */
  readonly contentBytes: number | null;
  /** Whether four bytes of checksum follow the last block. */
  readonly hasChecksum: boolean;
}

const MAGIC = 0xfd2fb528;
/** The same as bytes. */
const MAGIC_BYTES = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

/** Header of a stream as Discord sends it: no size, checksum or dictionary, the window 256 KiB. */
export const ZSTD_HEADER: Uint8Array = Uint8Array.of(...MAGIC_BYTES, 0x00, 0x40);

/** Longest block, in the frame and of its output (Block_Maximum_Size, section 3.1.1.2.4). */
export const MAX_ZSTD_BLOCK_BYTES = 128 * 1024;

/** Skippable frames have sixteen magic numbers, which differ in the lowest four bits. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;
/** Magic number and descriptor. */
const SHORTEST_HEADER_BYTES = 5;
/** Flag of the descriptor: the content is one piece, and the window as large as it. */
const SINGLE_SEGMENT = 0x20;
const RESERVED_BIT = 8;
/** Flag of the descriptor: a checksum follows the last block. */
const CHECKSUM = 4;
/** Lengths of a dictionary's id, by the two bits that encode them. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

/** Whether a frame with blocks can begin with this byte. */
export function canStartZstd(first: number | undefined): boolean {
  return first === MAGIC_BYTES[0];
}

/** Whether bytes begin with the magic number of a frame with blocks. */
export function hasZstdMagic(bytes: ArrayLike<number>): boolean {
  return MAGIC_BYTES.every((byte, at) => bytes[at] === byte);
}

/** Longest block of the frame whose header `bytes` begin with. */
export function readZstdBlockBytes(bytes: Uint8Array): number {
  const [descriptor = 0, window = 0] = bytes.subarray(SHORTEST_HEADER_BYTES - 1);
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  return isSingleSegment ? MAX_ZSTD_BLOCK_BYTES : Math.min(MAX_ZSTD_BLOCK_BYTES, readWindowBytes(window));
}

/** Header of the frame in the bytes from `start` to `end`, or null if it is incomplete. */
export function readZstdFrameHeader(bytes: Buffer, start: number, end: number): ZstdFrameHeader | null {
  if (end - start < SHORTEST_HEADER_BYTES) return null;
  const magic = bytes.readUInt32LE(start);
  if ((magic & ~0xf) === SKIPPABLE_MAGIC) return readSkippableHeader(bytes, start, end);
  if (magic !== MAGIC) corrupt('no zstd frame');
  const descriptor = bytes.readUInt8(start + 4);
  const fields = readFieldSizes(descriptor);
  const headerBytes =
    SHORTEST_HEADER_BYTES + fields.windowBytes + fields.dictionaryBytes + fields.contentBytes;
  if (end - start < headerBytes) return null;
  const dictionaryAt = start + SHORTEST_HEADER_BYTES + fields.windowBytes;
  const contentAt = dictionaryAt + fields.dictionaryBytes;
  for (let i = dictionaryAt; i < contentAt; i++) if (bytes[i] !== 0) corrupt('frame needs a dictionary');
  const contentBytes = readContentSize(bytes, contentAt, fields.contentBytes);
  const windowBytes =
    fields.windowBytes === 1 ? readWindowBytes(bytes.readUInt8(start + 5)) : (contentBytes ?? 0);
  if (windowBytes > BOUNDS.zstdWindow) corrupt('window over its limit');
  return {
    headerBytes,
    skippedBytes: null,
    windowBytes,
    contentBytes,
    hasChecksum: (descriptor & CHECKSUM) !== 0,
  };
}

/** Lengths of the fields behind a descriptor. */
function readFieldSizes(
  descriptor: number,
): Record<'windowBytes' | 'dictionaryBytes' | 'contentBytes', number> {
  if ((descriptor & RESERVED_BIT) !== 0) corrupt('reserved bit of the frame header set');
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const contentFlag = descriptor >> 6;
  return {
    windowBytes: isSingleSegment ? 0 : 1,
    dictionaryBytes: DICTIONARY_ID_BYTES[descriptor & 3] ?? 0,
    contentBytes: contentFlag > 0 ? 1 << contentFlag : isSingleSegment ? 1 : 0,
  };
}

function readSkippableHeader(bytes: Buffer, start: number, end: number): ZstdFrameHeader | null {
  if (end - start < SKIPPABLE_HEADER_BYTES) return null;
  const skippedBytes = bytes.readUInt32LE(start + 4);
  return {
    headerBytes: SKIPPABLE_HEADER_BYTES,
    skippedBytes,
    windowBytes: 0,
    contentBytes: null,
    hasChecksum: false,
  };
}

function readContentSize(bytes: Buffer, at: number, size: number): number | null {
  if (size === 0) return null;
  if (size === 1) return bytes.readUInt8(at);
  // The two-byte form has an offset of 256.
  if (size === 2) return bytes.readUInt16LE(at) + 256;
  return size === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at));
}

/** Window size by its descriptor: a power of two plus a number of eighths of it. */
function readWindowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
