/**
 * Held bytes: what is kept of messages, payloads and bodies that are not complete, counted over all connections.
 *
 * Each of them is bounded by itself; a thousand connections that leave a message of 64 MiB unfinished are not.
 */
import { BOUNDS } from './bounds.js';

const NOTHING = new Uint8Array(0);

/** Count of the bytes that a process holds for what is unfinished. */
export class HeldBytes {
  readonly #max: number;
  #held = 0;

  constructor(max: number = BOUNDS.heldBytes) {
    this.#max = max;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** Counts `bytes` more; false, and nothing is counted, when that is too much. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#max) return false;
    this.#held += bytes;
    return true;
  }

  /** Counts `bytes` less. */
  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Bytes that come in pieces and are to be handed out as one, in a buffer that grows by doubling. */
export class GatheredBytes {
  readonly #held: HeldBytes;
  #bytes: Uint8Array = NOTHING;
  #length = 0;
  /** Bytes that are counted for this. */
  #counted = 0;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  /** Bytes gathered so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes the first piece as it is, without a copy; false when all connections together hold too much. */
  adopt(piece: Uint8Array): boolean {
    if (!this.#held.take(piece.length)) return false;
    this.#counted = piece.length;
    this.#bytes = piece;
    this.#length = piece.length;
    return true;
  }

  /**
   * Adds a copy of a piece, in a buffer of no more than `totalBytes` when so much is expected in all. False when all
   * connections together hold too much.
   */
  append(piece: Uint8Array, totalBytes = Infinity): boolean {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length && !this.#grow(needed, totalBytes)) return false;
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
    return true;
  }

  /** Hands out what was gathered, and starts again with nothing. */
  take(): Uint8Array {
    const bytes = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.#held.giveBack(this.#counted);
    this.#counted = 0;
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  #grow(needed: number, totalBytes: number): boolean {
    const size = Math.max(needed, Math.min(totalBytes, this.#bytes.length * 2));
    if (!this.#held.take(size - this.#counted)) return false;
    this.#counted = size;
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    return true;
  }
}
