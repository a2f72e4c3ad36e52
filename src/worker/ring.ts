/**
 * Ring: a queue of byte entries between exactly one writing and one reading thread.
 *
 * Not a message port, because each message there costs the relay an object, a clone and a wake-up; to decode in the
 * relay's own thread would cost fifty times what forwarding a byte costs (worker/recorder-loop.ts).
 * The writer never waits: an entry either fits or is refused. The reader gets the entries in order and
 * copies their bytes out, so it owns them. Waking a sleeping thread costs the writer several µs, so a
 * reader sets the depth at which it is woken, and otherwise sleeps until its timeout.
 *
 * Memory: a header of 32-bit words, then a power of two of data bytes. Positions count bytes modulo 2^32
 * and are never folded. A position's place in the data is its distance from the origin. The writer moves the origin
 * up whenever the reader has taken everything. So while the reader keeps up, the same few pages are used
 * again. An entry is 8-aligned: length (u32), tag (u32), stamp (f64), bytes; the bytes may continue at
 * the start of the data.
 */
import { sometimes } from '../sometimes.js';

/** One entry, as read. */
export interface RingEntry {
  /** Unsigned 32-bit integer that the ring carries uninterpreted. */
  readonly tag: number;
  /** Any number, carried uninterpreted. */
  readonly stamp: number;
  /** The reader's own copy. */
  readonly bytes: Uint8Array;
}

/** Smallest capacity: every message that is not a chunk fits, even with a 16 KiB HTTP header escaped as JSON. */
export const MIN_RING_BYTES = 2 ** 18;

/** Longest entry that can fit a ring of any size: a socket gives far less at once. */
const MAX_ENTRY_BYTES = 2 ** 20;

/** Largest capacity: up to here, 32-bit positions distinguish a full ring from an empty one. */
const MAX_RING_BYTES = 2 ** 30;

// Header words. The two positions are written by different threads, so each has a cache line of its own.
const WRITTEN = 0;
/**
 * Position at the start of the data. It is beside WRITTEN, as the writer moves it, and only while the ring is empty.
 */
const ORIGIN = 1;
const READ = 16;
/** Depth in bytes at which the reader wants to be woken; 0 while it is awake. */
const WAKE_DEPTH = 32;
/** The reader sleeps on it; rises by one on each wake. */
const WAKE_COUNT = 33;
/** 1 while the writer waits for room. */
const ROOM_WANTED = 34;
const HEADER_BYTES = 256;

const ENTRY_HEADER_BYTES = 16;

/**
 * Start of the positions: a little below their overflow, so that every test and every capture of some size
 * crosses it, and not only one that runs for days (as Linux does with its jiffies).
 */
const FIRST_POSITION = -(2 ** 21);

/**
 * Shared memory for a ring of at least `bytes` data bytes: rounded up to a power of two, within the limits above. A
 * simulation has a smaller minimum, because its messages are short.
 */
export function createRing(bytes: number, minBytes = MIN_RING_BYTES): SharedArrayBuffer {
  const wanted = Math.min(Math.max(bytes, minBytes), MAX_RING_BYTES);
  const buffer = new SharedArrayBuffer(HEADER_BYTES + 2 ** Math.ceil(Math.log2(wanted)));
  const words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  words[WRITTEN] = words[ORIGIN] = words[READ] = FIRST_POSITION;
  return buffer;
}

/** Views that both ends share, and a third thread that has something else for the reader. */
export class Ring {
  /** Data bytes. */
  readonly capacity: number;
  /** Depth that counts as room again after the ring was full. */
  readonly lowWater: number;
  /** Depth above which a reader must not sleep on, whatever its reasons. */
  readonly highWater: number;
  protected readonly words: Int32Array;
  protected readonly bytes: Uint8Array;
  protected readonly lengths: Uint32Array;
  protected readonly stamps: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.capacity = buffer.byteLength - HEADER_BYTES;
    this.lowWater = this.capacity / 2;
    this.highWater = (this.capacity / 4) * 3;
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.lengths = new Uint32Array(buffer, HEADER_BYTES);
    this.stamps = new Float64Array(buffer, HEADER_BYTES);
  }

  /** Bytes written and not yet read, entry headers and padding included. */
  get depth(): number {
    return (Atomics.load(this.words, WRITTEN) - Atomics.load(this.words, READ)) >>> 0;
  }

  /** Wakes the reader, whatever the depth. */
  wake(): void {
    Atomics.store(this.words, WAKE_DEPTH, 0);
    Atomics.add(this.words, WAKE_COUNT, 1);
    Atomics.notify(this.words, WAKE_COUNT);
  }
}

/** Writing end. */
export class RingWriter extends Ring {
  #written = FIRST_POSITION;
  #origin = FIRST_POSITION;

  /** Longest entry that can ever fit, in bytes. */
  get maxEntryBytes(): number {
    return Math.min(this.capacity - ENTRY_HEADER_BYTES, MAX_ENTRY_BYTES);
  }

  /** Appends a copy of `bytes`, or returns false if it does not fit now. */
  tryWrite(tag: number, stamp: number, bytes: Uint8Array): boolean {
    const size = entrySize(bytes.length);
    const depth = (this.#written - Atomics.load(this.words, READ)) >>> 0;
    if (size > this.capacity - depth) return false;
    if (depth === 0) this.#startOver();
    const mask = this.capacity - 1;
    const start = (this.#written - this.#origin) & mask;
    this.lengths[start >>> 2] = bytes.length;
    this.lengths[(start >>> 2) + 1] = tag;
    this.stamps[((start + 8) & mask) >>> 3] = stamp;
    this.#copyIn((start + ENTRY_HEADER_BYTES) & mask, bytes);
    this.#written = (this.#written + size) | 0;
    Atomics.store(this.words, WRITTEN, this.#written);
    // Stored before this load, as the reader stores its depth before it looks at the positions: one sees the other's
    // store.
    const wakeDepth = Atomics.load(this.words, WAKE_DEPTH);
    if (wakeDepth !== 0 && depth + size >= wakeDepth) this.wake();
    return true;
  }

  /** Asks the reader to report when the depth is at `lowWater` or below: see `takeRoomRequest`. */
  askForRoom(): void {
    sometimes('the ring was full');
    Atomics.store(this.words, ROOM_WANTED, 1);
    this.wake(); // it can have emptied the ring and fallen asleep just now
  }

  /** The reader reads the origin only after it has seen a written entry, and that is stored after the origin. */
  #startOver(): void {
    this.#origin = this.#written;
    Atomics.store(this.words, ORIGIN, this.#origin);
  }

  #copyIn(at: number, bytes: Uint8Array): void {
    const room = this.capacity - at;
    if (bytes.length <= room) {
      this.bytes.set(bytes, at);
      return;
    }
    sometimes('an entry went around the end of the ring');
    this.bytes.set(bytes.subarray(0, room), at);
    this.bytes.set(bytes.subarray(room), 0);
  }
}

/** Reading end. */
export class RingReader extends Ring {
  #read = FIRST_POSITION;
  #wakeCount = 0;
  #count = 0;

  /** Entries that were read, modulo 2^32. */
  get count(): number {
    return this.#count;
  }

  /** Takes the oldest entry, or returns null if the ring is empty. */
  read(): RingEntry | null {
    if (Atomics.load(this.words, WRITTEN) === this.#read) return null;
    const mask = this.capacity - 1;
    const start = (this.#read - Atomics.load(this.words, ORIGIN)) & mask;
    const length = this.lengths[start >>> 2] ?? 0;
    const tag = this.lengths[(start >>> 2) + 1] ?? 0;
    const stamp = this.stamps[((start + 8) & mask) >>> 3] ?? 0;
    const bytes = this.#copyOut((start + ENTRY_HEADER_BYTES) & mask, length);
    this.#read = (this.#read + entrySize(length)) | 0;
    Atomics.store(this.words, READ, this.#read);
    this.#count = (this.#count + 1) | 0;
    return { tag, stamp, bytes };
  }

  /**
   * Sleeps until at least `depth` bytes are waiting, `wake` is called, or `timeoutMs` have passed.
   * A `wake` since the last sleep counts too, so that none is lost.
   */
  sleep(depth: number, timeoutMs: number): void {
    Atomics.store(this.words, WAKE_DEPTH, depth);
    if (this.depth < depth) Atomics.wait(this.words, WAKE_COUNT, this.#wakeCount, timeoutMs);
    Atomics.store(this.words, WAKE_DEPTH, 0);
    this.#wakeCount = Atomics.load(this.words, WAKE_COUNT);
  }

  /** Returns true once after the writer has asked for room and there is some. The caller sends the notice. */
  takeRoomRequest(): boolean {
    if (Atomics.load(this.words, ROOM_WANTED) === 0 || this.depth > this.lowWater) return false;
    return Atomics.exchange(this.words, ROOM_WANTED, 0) === 1;
  }

  #copyOut(at: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    const room = this.capacity - at;
    if (length <= room) {
      copy.set(this.bytes.subarray(at, at + length));
      return copy;
    }
    copy.set(this.bytes.subarray(at));
    copy.set(this.bytes.subarray(0, length - room), room);
    return copy;
  }
}

function entrySize(length: number): number {
  return ENTRY_HEADER_BYTES + ((length + 7) & ~7);
}
