/**
 * Held frames: bytes for the client, held back until their frame is complete.
 *
 * Unlike a FrameParser it keeps the bytes unchanged, headers included, so that they can be forwarded unchanged. It does
 * not join fragments. Illegal bytes are reported, not interpreted, as soon as they arrive.
 * Source: RFC 6455 sections 5.2 and 5.5.
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import { OPCODE, readFrameHeader, RSV1 } from '../../wire/frame.js';
import { BOUNDS } from '../../wire/bounds.js';

/** One whole frame, in the sense of RFC 6455: a control frame, or a fragment of a message. */
export interface HeldFrame {
  /** Opcode of RFC 6455. */
  readonly opcode: number;
  readonly isFinal: boolean;
  /** RSV1 is set. */
  readonly isDeflated: boolean;
  readonly data: Uint8Array;
  /** Header and payload. */
  readonly raw: Uint8Array;
}

/** A possibly incomplete frame: `data` may be cut, `length` is the final length. */
export interface BegunFrame extends Pick<HeldFrame, 'opcode' | 'isFinal' | 'isDeflated' | 'data'> {
  readonly length: number;
}

const FINAL = 0x80;
const MASKED = 0x80;
const MAX_CONTROL_BYTES = 125;
const KNOWN_OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** Bytes of the gateway that are not yet a complete frame. */
export class HeldFrames {
  #bytes: Uint8Array = NO_BYTES;
  #length = 0;
  /** Where the next frame starts. */
  #start = 0;

  /** Adds a copy of `chunk`. Frames handed out before stay valid. */
  append(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#bytes.length) this.#move(chunk.length);
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /**
   * Takes the next whole frame out. Null when more bytes are needed; `illegal` for what no gateway may send, `too_large`
   * for a frame that is not worth holding back, as soon as their first bytes are there.
   */
  next(): HeldFrame | 'illegal' | 'too_large' | null {
    const unread = this.rest();
    if (!isLegalStart(unread)) return 'illegal';
    const header = readFrameHeader(unread, 0);
    if (header === null) return null;
    const { opcode, isFinal, reserved, length, headerBytes } = header;
    if (length === Infinity) return 'illegal';
    if (length > BOUNDS.rewritePayload) return 'too_large';
    const end = headerBytes + length;
    if (unread.length < end) return null;
    this.#start += end;
    const data = unread.subarray(headerBytes, end);
    return { opcode, isFinal, isDeflated: reserved === RSV1, data, raw: unread.subarray(0, end) };
  }

  /** The frame that is not whole yet, once its header is there; `next` has been asked before. */
  begun(): BegunFrame | null {
    const unread = this.rest();
    const header = readFrameHeader(unread, 0);
    if (header === null) return null;
    const { opcode, isFinal, reserved, length, headerBytes } = header;
    return { opcode, isFinal, isDeflated: reserved === RSV1, data: unread.subarray(headerBytes), length };
  }

  /** Bytes of no whole frame; valid until the next `append`. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#length);
  }

  /** Moves what is held to a buffer of its own, with room for more. */
  #move(more: number): void {
    const held = this.#length - this.#start;
    const moved = new Uint8Array(Math.max(held + more, held * 2));
    moved.set(this.rest());
    this.#bytes = moved;
    this.#length = held;
    this.#start = 0;
  }
}

/** Whether a frame may begin with the first two bytes of `bytes`, as far as they are there. */
function isLegalStart(bytes: Uint8Array): boolean {
  const [first, second = 0] = bytes;
  if (first === undefined) return true;
  const opcode = first & 15;
  const reserved = (first >> 4) & 7;
  if (!KNOWN_OPCODES.has(opcode) || (reserved !== 0 && reserved !== RSV1) || second >= MASKED) return false;
  return opcode < OPCODE.close || (first >= FINAL && reserved === 0 && second <= MAX_CONTROL_BYTES);
}

const FIRST_BYTES = 64 * 1024;
/** Longest buffer that is kept for reuse. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Shared: rewriters are synchronous. */
let memory = Buffer.allocUnsafeSlow(FIRST_BYTES);

/**
 * Gathers the output of a rewriter in reused memory; only one instance is in use at a time. A login is many small
 * frames, each of them re-encoded. With a separate allocation for each, a thousand logins would leave more garbage
 * than their connections ever need.
 */
export class OutputBuffer {
  #length = 0;

  /** Adds copies of `pieces`. */
  push(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.#length + piece.length > memory.length) this.#grow(piece.length);
      memory.set(piece, this.#length);
      this.#length += piece.length;
    }
  }

  /** Copy of everything that was added; nothing may be added afterwards. */
  take(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#length);
    memory.copy(bytes, 0, 0, this.#length);
    if (memory.length > MAX_KEPT_BYTES) memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return bytes;
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * memory.length, this.#length + more));
    memory.copy(larger, 0, 0, this.#length);
    memory = larger;
  }
}
