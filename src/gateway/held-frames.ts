/**
 * Held frames: bytes on their way to the client, kept back until the frame they belong to is whole.
 *
 * Unlike a FrameParser it keeps the bytes as they came, headers included, so that they can go on untouched.
 * It does not join fragments. Bytes that no gateway should send are reported, not interpreted.
 * Source: RFC 6455 sections 5.2 and 5.5.
 */
import { OPCODE, readFrameHeader, RSV1 } from '../wire/frame-header.js';

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

/** A frame longer than this is not worth holding back. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;

const NO_BYTES = new Uint8Array(0);
const MAX_CONTROL_BYTES = 125;
const KNOWN_OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** Bytes of the gateway that the client does not have yet. */
export class HeldFrames {
  #bytes: Uint8Array = NO_BYTES;
  #length = 0;
  /** Where the bytes that were neither released nor dropped start, and where the unread ones do. */
  #start = 0;
  #read = 0;

  /** Adds a copy of `chunk`. Frames handed out before stay valid. */
  append(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#bytes.length) this.#move(chunk.length);
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** Next whole frame; null when more bytes are needed, `illegal` when it is none that a gateway may send. */
  next(): HeldFrame | 'illegal' | null {
    const unread = this.#bytes.subarray(this.#read, this.#length);
    const header = readFrameHeader(unread, 0);
    if (header === null) return null;
    const { opcode, isFinal, reserved, mask, length, headerBytes } = header;
    const isControl = opcode >= OPCODE.close;
    const isLegal = KNOWN_OPCODES.has(opcode) && mask === null && (reserved === 0 || reserved === RSV1);
    if (!isLegal || length > (isControl ? MAX_CONTROL_BYTES : MAX_HELD_BYTES)) return 'illegal';
    const end = headerBytes + length;
    if (unread.length < end) return null;
    this.#read += end;
    const data = unread.subarray(headerBytes, end);
    return { opcode, isFinal, isDeflated: reserved === RSV1, data, raw: unread.subarray(0, end) };
  }

  /** Hands out everything that was read since the last release or drop; valid until the next `append`. */
  release(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#start, this.#read);
    this.#start = this.#read;
    return bytes;
  }

  /** Forgets everything that was read since the last release or drop: something else goes out for it. */
  drop(): void {
    this.#start = this.#read;
  }

  /** Hands out all there is, read or not, and holds nothing any more. */
  releaseAll(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#start, this.#length);
    this.#bytes = NO_BYTES;
    this.#length = this.#start = this.#read = 0;
    return bytes;
  }

  /** Moves what is held to a buffer of its own, with room for more. */
  #move(more: number): void {
    const held = this.#length - this.#start;
    const moved = new Uint8Array(Math.max(held + more, held * 2));
    moved.set(this.#bytes.subarray(this.#start, this.#length));
    this.#bytes = moved;
    this.#length = held;
    this.#read -= this.#start;
    this.#start = 0;
  }
}
