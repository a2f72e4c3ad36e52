/**
 * Read buffer: reads an upstream's socket into memory that is reused from one read to the next.
 *
 *   dialling:  socket ──copy──► its stream ──► the HTTP client
 *   poured:    socket ──same memory, again and again──► the lane
 *
 * By itself Node takes 64 KiB of new memory for each read. At a GB a second that is a page fault for every 4 KiB, and a
 * garbage collector that runs all the time beside a relay that has no garbage. A connection that is busy gets a buffer for
 * as long as it is. Those at rest share one, so that they need none: what they read is little, and copied at once.
 * Source: Node's documentation of `net.connect`, option `onread`.
 */
import type { OnReadOpts, Socket } from 'node:net';

/** Takes bytes as they come in. False: they are still needed when it returns, so their memory must not be used again. */
export type ReadChunk = (bytes: Uint8Array) => boolean;

/** Most that a connection at rest reads at once, what twenty ordinary dispatches take; with more it is busy. */
const REST_BYTES = 2 ** 14;
const BUFFER_BYTES = 2 ** 16;
/** Buffers that are kept for the next busy connection. */
const MAX_SPARE = 8;

/** Buffers that no busy connection uses just now, and the one of those at rest. */
export class SpareBuffers {
  /** Never handed on: sockets read one after the other, but each has named its buffer long before. */
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
  /** What to open the socket with. */
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

  /** Names the socket that was opened; before its first bytes. */
  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** From now on bytes go to `taker`, once those that wait in the socket's stream were read from there. */
  pour(taker: ReadChunk): void {
    this.#taker = taker;
  }

  #read(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === null) return true;
    // Copied: the stream keeps what it is given until somebody reads it.
    if (this.#taker === null || socket.readableLength > 0) return socket.push(Buffer.from(bytes));
    const isShared = this.#buffer === this.#spare.shared;
    const isFree = this.#taker(isShared ? Buffer.from(bytes) : bytes);
    this.#provide(bytes.length > REST_BYTES, isShared, isFree);
    return true;
  }

  /** Sees to the memory for the next read. */
  #provide(isBusy: boolean, isShared: boolean, isFree: boolean): void {
    if (isBusy === !isShared && (isShared || isFree)) return;
    if (!isShared && isFree) this.#spare.giveBack(this.#buffer);
    this.#buffer = isBusy ? this.#spare.take() : this.#spare.shared;
  }
}
