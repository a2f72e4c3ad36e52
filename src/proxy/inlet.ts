/**
 * Inlet: how bytes come in from an upstream's socket, into memory that is used for one read after the other.
 *
 *   dialling:  socket ──copy──► its stream ──► the HTTP client
 *   poured:    socket ──same memory, again and again──► the lane
 *
 * By itself Node takes 64 KiB of new memory for each read. At a GB a second that is a page fault for every 4 KiB, and a
 * garbage collector that runs all the time beside a relay that has no garbage. A connection at rest has a
 * small buffer, of which the untouched pages cost nothing; one that fills it gets a large one for as long as it does.
 * Source: Node's documentation of `net.connect`, option `onread`.
 */
import type { OnReadOpts, Socket } from 'node:net';

/** Takes bytes as they come in. False: they are still needed when it returns, so their memory must not be used again. */
export type Taker = (bytes: Uint8Array) => boolean;

/** Read at once by a connection at rest: what twenty ordinary dispatches take. */
const SMALL_BYTES = 2 ** 14;
/** Read at once by a busy one. */
const LARGE_BYTES = 2 ** 16;
/** Large buffers that are kept for the next busy connection. */
const MAX_SPARE = 8;

/** Large buffers that no connection uses just now. */
export class SpareBuffers {
  readonly #buffers: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#buffers.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
  }

  giveBack(buffer: Uint8Array): void {
    if (this.#buffers.length < MAX_SPARE) this.#buffers.push(buffer);
  }
}

/** The reading end of one socket. */
export class Inlet {
  /** What to open the socket with. */
  readonly onread: OnReadOpts;
  readonly #spare: SpareBuffers;
  #buffer: Uint8Array = Buffer.allocUnsafeSlow(SMALL_BYTES);
  #socket: Socket | null = null;
  #taker: Taker | null = null;

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
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
  pour(taker: Taker): void {
    this.#taker = taker;
  }

  #read(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === null) return true;
    // Copied: the stream keeps what it is given until somebody reads it.
    if (this.#taker === null || socket.readableLength > 0) return socket.push(Buffer.from(bytes));
    this.#provide(bytes.length, this.#taker(bytes));
    return true;
  }

  /** Sees to the memory for the next read. */
  #provide(readBytes: number, isFree: boolean): void {
    const { length } = this.#buffer;
    const wanted = readBytes === length || readBytes > SMALL_BYTES ? LARGE_BYTES : SMALL_BYTES;
    if (isFree && wanted === length) return;
    if (isFree && length === LARGE_BYTES) this.#spare.giveBack(this.#buffer);
    this.#buffer = wanted === LARGE_BYTES ? this.#spare.take() : Buffer.allocUnsafeSlow(SMALL_BYTES);
  }
}
