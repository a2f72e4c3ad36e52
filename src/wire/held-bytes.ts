/**
 * Held bytes: the memory used by incomplete messages, payloads and bodies, counted over all connections.
 *
 * Each of them has its own bound, but a thousand connections with an unfinished message of 64 MiB each need a common
 * one.
 */
import { NO_BYTES } from './no-bytes.js';
import { BOUNDS } from './bounds.js';

/** Memory for a count that several threads share. */
export function createHeldCount(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Count of the bytes that a process holds for incomplete data. */
export class HeldBytes {
  readonly #max: number;
  readonly #count: Int32Array;

  /** `count`: that of several threads; default: one of its own. */
  constructor(
    max: number = BOUNDS.heldBytes,
    count: ArrayBufferLike = new ArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  ) {
    this.#max = max;
    this.#count = new Int32Array(count);
  }

  /** Bytes that are held now. */
  get held(): number {
    return Atomics.load(this.#count, 0);
  }

  /** Adds `bytes` to the count; returns false and leaves the count unchanged if that exceeds the bound. */
  take(bytes: number): boolean {
    if (bytes > this.#max) return false; // and would overflow the count
    if (Atomics.add(this.#count, 0, bytes) + bytes <= this.#max) return true;
    Atomics.sub(this.#count, 0, bytes);
    return false;
  }

  /** Subtracts `bytes` from the count. */
  giveBack(bytes: number): void {
    Atomics.sub(this.#count, 0, bytes);
  }
}

/** Joins pieces into one buffer, which grows by doubling. */
export class GatheredBytes {
  readonly #held: HeldBytes;
  #bytes: Uint8Array = NO_BYTES;
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

  /** The gathered bytes; valid until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes the first piece without a copy; returns false if all connections together hold too much. */
  adopt(piece: Uint8Array): boolean {
    if (!this.#held.take(piece.length)) return false;
    this.#counted = piece.length;
    this.#bytes = piece;
    this.#length = piece.length;
    return true;
  }

  /**
   * Adds a copy of a piece; the buffer does not grow beyond `totalBytes`, the expected total. Returns false if all
   * connections together hold too much.
   */
  append(piece: Uint8Array, totalBytes = Infinity): boolean {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length && !this.#grow(needed, totalBytes)) return false;
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
    return true;
  }

  /** Copies the bytes if they are a view of larger memory. */
  settle(): void {
    if (this.#bytes.length < this.#bytes.buffer.byteLength) this.#bytes = new Uint8Array(this.#bytes);
  }

  /** Returns the gathered bytes and resets. */
  take(): Uint8Array {
    const bytes = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  /** Discards the gathered bytes. */
  clear(): void {
    this.#held.giveBack(this.#counted);
    this.#counted = 0;
    this.#bytes = NO_BYTES;
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
