/**
 * Frame assembly: the bytes of one message or control frame, collected until it is whole.
 *
 * A frame that lies wholly in one chunk is not copied; anything else goes into a buffer that doubles, so
 * that a 16 MB frame in 64 KiB chunks costs linear time, and an announced length reserves no memory.
 */
import type { Frame, FrameKind } from './frame.js';

const NO_BYTES = new Uint8Array(0);

/** One frame in the making. */
export class FrameAssembly {
  readonly #kind: FrameKind;
  readonly #isDeflated: boolean;
  #fault: Frame['fault'] = null;
  #isKeeping = true;
  #bytes: Uint8Array = NO_BYTES;
  #length = 0;
  #wireBytes = 0;

  constructor(kind: FrameKind, isDeflated: boolean) {
    this.#kind = kind;
    this.#isDeflated = isDeflated;
  }

  /** Payload bytes that came so far, kept or not. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Notes what is wrong with the frame; the first fault stands. */
  fail(fault: NonNullable<Frame['fault']>): void {
    this.#fault ??= fault;
  }

  /** Counts from here on without keeping: the frame is too large. */
  discard(): void {
    this.fail('too_large');
    this.#isKeeping = false;
    this.#bytes = NO_BYTES;
    this.#length = 0;
  }

  /** Takes unmasked bytes, of which `remaining` (these included) were announced for the current fragment. */
  add(piece: Uint8Array, remaining: number, isFinal: boolean): void {
    this.#wireBytes += piece.length;
    if (!this.#isKeeping || piece.length === 0) return;
    if (this.#length === 0 && isFinal && piece.length === remaining) {
      this.#bytes = piece;
    } else {
      this.#reserve(this.#length + piece.length, isFinal ? this.#length + remaining : Infinity);
      this.#bytes.set(piece, this.#length);
    }
    this.#length += piece.length;
  }

  /** Ends the frame; `fault` is noted unless there was one before. */
  finish(fault: Frame['fault']): Frame {
    return {
      kind: this.#kind,
      data: this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length),
      wireBytes: this.#wireBytes,
      isDeflated: this.#isDeflated,
      fault: this.#fault ?? fault,
    };
  }

  /** Makes room for `needed` bytes, growing by doubling but to no more than the whole frame needs. */
  #reserve(needed: number, total: number): void {
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.min(total, this.#bytes.length * 2)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
