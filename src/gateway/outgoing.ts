/**
 * OutputBuffer: what a rewriter sends for the bytes it was given, gathered in memory that is used again.
 *
 * A login is many small frames, each of them encoded anew. Were each a piece of memory of its own, to be joined in the
 * end, a thousand logins would leave more garbage behind than their connections ever need.
 */

const FIRST_BYTES = 64 * 1024;
/** Longest memory that is kept for the next time. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Shared, since no rewriter waits in the middle of its input. */
let memory = Buffer.allocUnsafeSlow(FIRST_BYTES);

/** Bytes on their way out; there is one at a time. */
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

  /** Everything that was added, in memory of its own; nothing may be added afterwards. */
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
