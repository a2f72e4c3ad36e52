/**
 * Read buffer: reads an upstream's socket into memory that is reused from one read to the next.
 *
 *   dialling:  socket ──copy──► its stream ──► the HTTP client
 *   poured:    socket ──same memory, again and again──► the relay direction
 *
 * By default Node allocates 64 KiB for each read. At 1 GB/s that is a page fault for every 4 KiB and a garbage
 * collector that runs all the time, although the relay makes no other garbage. A busy connection gets its own buffer
 * while it is busy. Idle connections share one buffer: they read little, and it is copied at once.
 * Source: Node's documentation of `net.connect`, option `onread`.
 */
import type { OnReadOpts, Socket } from 'node:net';

/**
 * Takes bytes as they arrive. Returns false if it still needs them after it returns; then their memory is not reused.
 */
export type ReadChunk = (bytes: Uint8Array) => boolean;

/** Most bytes that an idle connection reads at once (some twenty ordinary dispatches). With more it is busy. */
const REST_BYTES = 2 ** 14;
const BUFFER_BYTES = 2 ** 16;
/** Number of buffers that are kept for the next busy connection. */
const MAX_SPARE = 8;

/** The buffers that no busy connection uses, and the shared buffer of idle connections. */
export class SpareBuffers {
  /**
   * Never handed to one connection: sockets read one after the other, but each names its buffer long before the read.
   */
  readonly shared: Uint8Array = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #buffers: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  giveBack(buffer: Uint8Array): void {
    if (this.#buffers.length < MAX_SPARE) this.#buffers.push(buffer);
  }
}

/** The reading end of one socket. */
export class ReadBuffer {
  /** Options to open the socket with. */
  readonly onread: OnReadOpts;
  readonly #spare: SpareBuffers;
  #buffer: Uint8Array;
  #socket: Socket | null = null;
  #taker: ReadChunk | null = null;

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
    this.#buffer = spare.shared;
    this.onread = {
      buffer: () => this.#buffer,
      callback: (length, buffer) => this.#read(buffer.subarray(0, length)),
    };
  }

  /** Sets the socket that was opened; called before its first bytes. */
  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** From now on bytes go to `taker`, after those that wait in the socket's stream were read from there. */
  pour(taker: ReadChunk): void {
    this.#taker = taker;
  }

  #read(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === null) return true;
    // Copied, because the stream keeps the bytes until they are read.
    if (this.#taker === null || socket.readableLength > 0) return socket.push(Buffer.from(bytes));
    const isShared = this.#buffer === this.#spare.shared;
    const isFree = this.#taker(isShared ? Buffer.from(bytes) : bytes);
    this.#provide(bytes.length > REST_BYTES, isShared, isFree);
    return true;
  }

  /** Chooses the memory for the next read. */
  #provide(isBusy: boolean, isShared: boolean, isFree: boolean): void {
    if (isBusy === !isShared && (isShared || isFree)) return;
    if (!isShared && isFree) this.#spare.giveBack(this.#buffer);
    this.#buffer = isBusy ? this.#spare.take() : this.#spare.shared;
  }
}
