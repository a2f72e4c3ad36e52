/** Both ends of a relayed connection as bare sockets, so that every byte and every way to end can be seen. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A socket that keeps what it reads and how it ended. */
export class RawPeer {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  /** Error code, such as ECONNRESET, once the socket has failed. */
  errorCode: string | null = null;
  isEnded = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    socket.on('end', () => (this.isEnded = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.errorCode = error.code ?? 'unknown'));
  }

  /** Everything read so far, HTTP head included. */
  get received(): Buffer {
    return this.#received;
  }

  /** What came behind the HTTP head. */
  get body(): Buffer {
    const end = this.#received.indexOf('\r\n\r\n');
    return end === -1 ? Buffer.alloc(0) : this.#received.subarray(end + 4);
  }

  get head(): string {
    const end = this.#received.indexOf('\r\n\r\n');
    return end === -1 ? '' : this.#received.subarray(0, end + 2).toString('latin1');
  }

  /** Resolves as soon as `isTrue`; looks again at every event of the socket. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.socket.closed)
        throw new Error(`the socket closed first; received: ${this.#received.toString('latin1')}`);
      const aborted = new AbortController();
      const { signal } = aborted;
      await Promise.race(
        ['data', 'end', 'close'].map((name) => once(this.socket, name, { signal }).catch(() => undefined)),
      );
      aborted.abort();
    }
  }

  async hasBody(length: number): Promise<Buffer> {
    await this.until(() => this.head !== '' && this.body.length >= length);
    return this.body;
  }

  /** Resolves when the socket is closed, whatever the reason. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
  }
}

/** Upgrade request to the letter. */
export function upgradeRequest(
  target: string,
  headers: readonly string[] = ['Host: gateway.example'],
): string {
  return [
    `GET ${target} HTTP/1.1`,
    ...headers,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    '',
    '',
  ].join('\r\n');
}

/** Answer to `upgradeRequest`. */
export function switchingProtocols(headers: readonly string[] = []): string {
  const accept = createHash('sha1').update(`${KEY}${GUID}`).digest('base64');
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers,
    '',
    '',
  ].join('\r\n');
}

/** An upstream of bare sockets. */
export class RawGateway {
  readonly #server: Server;
  readonly #peers: RawPeer[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#peers.push(new RawPeer(socket));
      server.emit('peer');
    });
  }

  /** Listens on a free port of the loopback. */
  static async start(): Promise<RawGateway> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const gateway = new RawGateway(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): URL {
    return new URL(`ws://127.0.0.1:${this.port}`);
  }

  get connectionCount(): number {
    return this.#peers.length;
  }

  /** The connection with this ordinal, from 0, once it has sent a request. */
  async peer(index = 0): Promise<RawPeer> {
    while (this.#peers.length <= index) await once(this.#server, 'peer');
    const peer = this.#peers[index]!;
    await peer.until(() => peer.head !== '');
    return peer;
  }

  async close(): Promise<void> {
    for (const { socket } of this.#peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Connects a bare client to `url` (only host and port count). */
export async function rawClient(url: string): Promise<RawPeer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
  const peer = new RawPeer(socket);
  await once(socket, 'connect');
  return peer;
}
