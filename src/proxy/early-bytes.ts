/**
 * Early bytes: keeps, in order, the bytes that a peer sends before there is a destination for them.
 *
 * The socket is read all the time, because only a read shows that its peer has closed, and because a reset discards the
 * unread bytes of a socket. Above a limit the socket is paused, and the rest waits in the kernel.
 */
import type { Socket } from 'node:net';
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';

/** Most bytes to read of one socket in advance: more than any client sends before its upgrade is answered. */
const MAX_EARLY_BYTES = 64 * 1024;

/**
 * Lets a socket be read to its end after its peer has reset it. Node closes such a socket as soon as a write fails, and
 * drops the bytes that it holds. Bytes that the peer sent before its reset, but that were not read yet, would be lost.
 */
export function readBeforeClosing(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  let isClosing = false;
  socket.destroy = (error?: NodeJS.ErrnoException) => {
    if (isClosing || (error?.syscall !== 'write' && error?.syscall !== 'shutdown')) return destroy(error);
    isClosing = true;
    // A stream that has failed emits no further events by itself.
    while (socket.readableLength > 0) socket.emit('data', socket.read());
    socket.push = (chunk: unknown) => chunk === null || socket.emit('data', chunk);
    // Between the two, all sockets are polled once.
    setImmediate(() => setImmediate(() => destroy(error)));
    return socket;
  };
}

/** Reads one socket until it is taken over. */
export class EarlyBytes {
  readonly #socket: Socket;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  readonly #keep = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes >= MAX_EARLY_BYTES) this.#socket.pause();
  };

  /** Reads `socket` from now on; `head` is the bytes that were read of it before. */
  constructor(socket: Socket, head: Uint8Array) {
    this.#socket = socket;
    if (head.length > 0) this.#keep(head);
    socket.on('data', this.#keep);
    if (this.#sizeBytes < MAX_EARLY_BYTES) socket.resume();
  }

  /** Whether no bytes arrived. */
  get isEmpty(): boolean {
    return this.#sizeBytes === 0;
  }

  /** All bytes that arrived. The caller must listen for the next bytes at once. */
  take(): readonly Uint8Array[] {
    this.#socket.off('data', this.#keep);
    return this.#chunks;
  }

  /**
   * Drops past and future bytes. An unread socket does not notice that its peer closed, and sends a reset when closed.
   */
  discard(): void {
    this.take();
    this.#socket.resume();
  }
}

/**
 * The same agent, but it closes an idle socket at the first byte that arrives. Such bytes would be taken for the
 * answer to the next request, of any client (RFC 9112 section 9.2).
 */
export function closeOnStrayBytes<Kind extends Agent>(agent: Kind): Kind {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
  const reuse = agent.reuseSocket.bind(agent);
  const drop = function (this: Duplex): void {
    this.destroy();
  };
  // Returns whether the socket is kept; Node's types omit that.
  agent.keepSocketAlive = (socket): boolean => {
    socket.on('data', drop);
    return keep(socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', drop);
    reuse(socket, request);
  };
  return agent;
}
