/**
 * Early bytes: what a peer sends before there is anywhere to pass it to, in order.
 *
 * The socket is read all the while, because only a read shows that its peer has gone away, and because a reset discards
 * what a socket holds unread. Beyond a limit it is paused, and the rest waits in the kernel.
 */
import type { Socket } from 'node:net';
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';

/** Most that is read of one socket beforehand: more than any client sends before its upgrade is answered. */
const MAX_EARLY_BYTES = 64 * 1024;

/**
 * Lets a socket whose peer has reset it be read to the end. Node closes it as soon as a write fails, and ignores what it
 * holds; then what the peer sent before its reset, but was not read yet, would be lost.
 */
export function readBeforeClosing(socket: Socket): void {
  const destroy = socket.destroy.bind(socket);
  let isClosing = false;
  socket.destroy = (error?: NodeJS.ErrnoException) => {
    if (isClosing || (error?.syscall !== 'write' && error?.syscall !== 'shutdown')) return destroy(error);
    isClosing = true;
    // A stream that has failed emits nothing more by itself.
    while (socket.readableLength > 0) socket.emit('data', socket.read());
    socket.push = (chunk: unknown) => chunk === null || socket.emit('data', chunk);
    // Between the two all sockets are polled once.
    setImmediate(() => setImmediate(() => destroy(error)));
    return socket;
  };
}

/** Reader of one socket until it is taken over. */
export class EarlyBytes {
  readonly #socket: Socket;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  readonly #keep = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes >= MAX_EARLY_BYTES) this.#socket.pause();
  };

  /** Reads `socket` from now on; `head` is what had been read of it before. */
  constructor(socket: Socket, head: Uint8Array) {
    this.#socket = socket;
    if (head.length > 0) this.#keep(head);
    socket.on('data', this.#keep);
    if (this.#sizeBytes < MAX_EARLY_BYTES) socket.resume();
  }

  /** Whether nothing came. */
  get isEmpty(): boolean {
    return this.#sizeBytes === 0;
  }

  /** Everything that came. Whoever takes it listens for the next bytes at once. */
  take(): readonly Uint8Array[] {
    this.#socket.off('data', this.#keep);
    return this.#chunks;
  }

  /** Ignores what came, and what will: an unread socket does not see its peer go, and resets it when it is closed. */
  discard(): void {
    this.take();
    this.#socket.resume();
  }
}

// Idle sockets to the API: one on which bytes come while nobody has asked is closed. Else they would be taken for the
// answer to the next request, whoever sends it (RFC 9112 section 9.2).

/** The same agent, which keeps only sockets that are silent while they are idle. */
export function closeOnStrayBytes<Kind extends Agent>(agent: Kind): Kind {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
  const reuse = agent.reuseSocket.bind(agent);
  const drop = function (this: Duplex): void {
    this.destroy();
  };
  // Returns whether it is kept, which Node's types do not say.
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
