/**
 * Frame walk: follows the frames of a connection that passes untouched, looking for the end of its session.
 *
 * Reads headers, and of the data only what is short enough to be an INVALID_SESSION: after one the client may identify
 * again on the same socket (eris and Oceanic do), and a second READY follows. Only for connections without compression,
 * where a message can be read without the earlier ones. Only a short frame that a chunk cuts is held back or copied.
 * Source: Discord Docs/Gateway Events, "Invalid Session"; RFC 6455 §5.2.
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import { BOUNDS } from '../../wire/bounds.js';
import { MAX_HEADER_BYTES, OPCODE, readFrameHeader } from '../../wire/frame.js';
import type { Encoding } from '../../wire/transport.js';
import { OP } from '../opcodes.js';
import { PlainStream } from './payload-stream.js';
import { readReady } from './ready.js';
import { canStartZlib } from '../../wire/zlib/header.js';

/** An INVALID_SESSION has about 40 bytes; a longer frame than the shortest header allows is not one. */
const MAX_SHORT_BYTES = 125;
/** The same with the longest header. */
const MAX_SHORT_FRAME_BYTES = MAX_SHORT_BYTES + MAX_HEADER_BYTES;
const DIGIT_NINE = 0x39;
/** First byte of a frame from this on: the last of its message, or its only one. */
const FINAL = 0x80;

/** Walker over the gateway's direction of one connection. */
export class FrameWalk {
  readonly #encoding: Encoding;
  readonly #payloads = new PlainStream({ maxPayloadBytes: BOUNDS.rewritePayload });
  /** A byte that every INVALID_SESSION has, unless it is compressed: the opcode, or in JSON its digit. */
  readonly #nine: number;
  #frames: number;
  /** Remaining payload bytes of the current frame. */
  #passing = 0;
  /** Header or short frame that the last chunk cut. */
  #cut: Uint8Array = NO_BYTES;

  /** Starts at the boundary behind the first `frames` frames. */
  constructor(encoding: Encoding, frames: number) {
    this.#encoding = encoding;
    this.#nine = encoding === 'json' ? DIGIT_NINE : OP.INVALID_SESSION;
    this.#frames = frames;
  }

  /** Frames that are through, messages and control frames together. */
  get frames(): number {
    return this.#frames;
  }

  /** Walks over `chunk`; returns the index behind the first INVALID_SESSION in it, or -1 if it has none. */
  find(chunk: Uint8Array): number {
    let at = this.#passing;
    const before = this.#cut.length;
    if (before > 0) {
      // With the rest of a short frame alone: the whole chunk would be copied.
      const frame = this.#examine(Buffer.concat([this.#cut, chunk.subarray(0, MAX_SHORT_FRAME_BYTES)]), 0);
      if (frame === null) return -1;
      at = frame.end - before;
      if (frame.isInvalidSession) return at;
    }
    for (;;) {
      this.#passing = Math.max(0, at - chunk.length);
      at = this.#pass(chunk, Math.min(at, chunk.length));
      if (at === chunk.length) return -1;
      const frame = this.#examine(chunk, at);
      if (frame === null) return -1;
      if (frame.isInvalidSession) return frame.end;
      at = frame.end;
    }
  }

  /** Examines the frame at `at`; returns null if the bytes end within its header, or within a short frame, and keeps those. */
  #examine(
    bytes: Uint8Array,
    at: number,
  ): { readonly end: number; readonly isInvalidSession: boolean } | null {
    const header = readFrameHeader(bytes, at);
    const start = at + (header?.headerBytes ?? 0);
    const end = start + (header?.length ?? 0);
    const isShort = end - start <= MAX_SHORT_BYTES;
    if (header === null || (isShort && end > bytes.length)) {
      // Copied: `slice` of a Buffer is a view, and the relay reads its next bytes into the same memory.
      this.#cut = new Uint8Array(bytes.subarray(at));
      return null;
    }
    this.#cut = NO_BYTES;
    if (header.isFinal) this.#frames += 1;
    const isInvalidSession = isShort && this.#isInvalidSession(header.opcode, bytes.subarray(start, end));
    return { end, isInvalidSession };
  }

  /**
   * Skips whole frames that cannot be INVALID_SESSION (nearly all), without allocating an object for each. Returns the
   * index of the first frame that must be examined.
   */
  #pass(bytes: Uint8Array, from: number): number {
    let at = from;
    let nine = findByte(bytes, this.#nine, at);
    while (at + 2 < bytes.length) {
      const end = findFrameEnd(bytes, at);
      if (end > bytes.length) return at;
      const start = at + 2;
      if (end - start <= MAX_SHORT_BYTES) {
        if (nine < start) nine = findByte(bytes, this.#nine, start);
        if (nine < end || canStartZlib(bytes[start])) return at;
      }
      if ((bytes[at] ?? 0) >= FINAL) this.#frames += 1;
      at = end;
    }
    return at;
  }

  #isInvalidSession(opcode: number, data: Uint8Array): boolean {
    if (opcode !== OPCODE.text && opcode !== OPCODE.binary) return false;
    if (!data.includes(this.#nine) && !canStartZlib(data[0])) return false;
    const payload = this.#payloads.decode(data);
    return payload.status === 'ok' && readReady(payload.bytes, this.#encoding).type === 'invalidated';
  }
}

/** Index of the first such byte from `start` on; the length if it does not occur. */
function findByte(bytes: Uint8Array, byte: number, start: number): number {
  const index = bytes.indexOf(byte, start);
  return index === -1 ? bytes.length : index;
}

/** Index behind the frame at `at`; Infinity for one that is masked, longer than 65,535 bytes, or has a part of its length cut. */
function findFrameEnd(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0;
  if (length <= MAX_SHORT_BYTES) return at + 2 + length;
  if (length > 126 || at + 4 > bytes.length) return Infinity;
  return at + 4 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
}
