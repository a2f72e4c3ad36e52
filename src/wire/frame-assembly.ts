/**
 * Frame assembly: the bytes of one message or control frame, collected until it is whole.
 *
 * A frame that lies wholly in one chunk is not copied; anything else goes into a buffer that doubles, so
 * that a 16 MB frame in 64 KiB chunks costs linear time, and an announced length reserves no memory.
 */
import type { Frame, FrameKind } from './frame.js';
import { GatheredBytes, type HeldBytes } from './held-bytes.js';

const NO_BYTES = new Uint8Array(0);

/** One frame in the making. */
export class FrameAssembly {
  readonly #kind: FrameKind;
  readonly #isDeflated: boolean;
  readonly #held: HeldBytes;
  #error: Frame['error'] = null;
  #isKeeping = true;
  /** The data when it came in one piece. */
  #whole: Uint8Array | null = null;
  /** The data when it did not. */
  #gathered: GatheredBytes | null = null;
  #wireBytes = 0;

  /** Frame whose bytes count as `held` until it is whole. */
  constructor(kind: FrameKind, isDeflated: boolean, held: HeldBytes) {
    this.#kind = kind;
    this.#isDeflated = isDeflated;
    this.#held = held;
  }

  /** Payload bytes that came so far, kept or not. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Notes what is wrong with the frame; the first fault stands. */
  fail(fault: NonNullable<Frame['error']>): void {
    this.#error ??= fault;
  }

  /** Counts from here on without keeping: the frame is over a bound. */
  discard(fault: 'too_large' | 'too_complex'): void {
    this.fail(fault);
    this.#isKeeping = false;
    this.#whole = null;
    this.#gathered?.clear();
  }

  /** Takes unmasked bytes, of which `remaining` (these included) were announced for the current fragment. */
  add(piece: Uint8Array, remaining: number, isFinal: boolean): void {
    const isFirst = this.#wireBytes === 0;
    this.#wireBytes += piece.length;
    if (!this.#isKeeping || piece.length === 0) return;
    if (isFirst && isFinal && piece.length === remaining) this.#whole = piece;
    else this.#gather(piece, isFinal ? remaining : Infinity);
  }

  /** Ends the frame; `fault` is noted unless there was one before. */
  finish(fault: Frame['error']): Frame {
    return {
      kind: this.#kind,
      data: this.#whole ?? this.#gathered?.take() ?? NO_BYTES,
      wireBytes: this.#wireBytes,
      isDeflated: this.#isDeflated,
      error: this.#error ?? fault,
    };
  }

  #gather(piece: Uint8Array, remaining: number): void {
    const gathered = (this.#gathered ??= new GatheredBytes(this.#held));
    if (!gathered.append(piece, gathered.length + remaining)) this.discard('too_complex');
  }
}
