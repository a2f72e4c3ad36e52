/**
 * Secret memory: the secrets that a recorder thread knows, in memory that outlives it. A replacement of a dead thread
 * begins with them, because connections and programs do not send their credentials again.
 *
 * Entries follow each other: kind (1 byte), length (2 bytes) and value. Only the live recorder thread
 * reads and writes it. An entry is valid when the size at the front includes it.
 */
import type { LearnedValue, ValueMemory } from '../gateway/redact/secret-values.js';

/** Room for the maximum number of values at their usual length. */
const MEMORY_BYTES = 524_288;
const HEAD_BYTES = 3;
/** Share that a compaction may fill, so that the next one is not needed soon. */
const FILLED = 0.75;

/** Memory without secrets. */
export function createSecretMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT + MEMORY_BYTES);
}

/** One thread's access to the memory. */
export class SecretMemory implements ValueMemory {
  readonly #size: Int32Array;
  readonly #bytes: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.#size = new Int32Array(memory, 0, 1);
    this.#bytes = Buffer.from(memory, Int32Array.BYTES_PER_ELEMENT);
  }

  read(): readonly LearnedValue[] {
    const learned: LearnedValue[] = [];
    const size = Atomics.load(this.#size, 0);
    for (let at = 0; at < size;) {
      const start = at + HEAD_BYTES;
      const end = start + this.#bytes.readUInt16LE(at + 1);
      learned.push({ value: this.#bytes.toString('utf8', start, end), isCredential: this.#bytes[at] === 1 });
      at = end;
    }
    return learned;
  }

  add({ value, isCredential }: LearnedValue): boolean {
    const at = Atomics.load(this.#size, 0);
    const length = Buffer.byteLength(value);
    const end = at + HEAD_BYTES + length;
    if (end > this.#bytes.length) return false;
    this.#bytes.writeUInt8(isCredential ? 1 : 0, at);
    this.#bytes.writeUInt16LE(length, at + 1);
    this.#bytes.write(value, at + HEAD_BYTES);
    Atomics.store(this.#size, 0, end);
    return true;
  }

  rewrite(learned: readonly LearnedValue[]): void {
    let left = this.#bytes.length * FILLED;
    let first = learned.length;
    for (const { value } of learned.toReversed()) {
      left -= HEAD_BYTES + Buffer.byteLength(value);
      if (left < 0) break;
      first -= 1;
    }
    Atomics.store(this.#size, 0, 0);
    for (const one of learned.slice(first)) this.add(one);
  }
}
