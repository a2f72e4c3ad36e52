/**
 * Peer: one client connection of the mock, from payload texts to WebSocket messages and back.
 *
 *   text ─► encode ─► compress ─► one message per payload      client message ─► payload | undecodable
 *
 * It decides nothing: what is sent and when is the script's business. The socket is corked while a batch is
 * written, because one system call per message is what limits a fast sender.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { toPayload, type JsonValue, type Payload } from '../gateway/payload.js';
import { createDeflater, type Deflater } from '../wire/deflate.js';
import type { Transport } from '../wire/transport.js';

/** What a peer reports; never called while a call into the peer runs. */
export interface PeerEvents {
  /** A message of the client; null when it holds no payload. */
  readonly onMessage: (payload: Payload | null) => void;
  readonly onPong: () => void;
  /** Everything that was written has left; follows `isCongested`. */
  readonly onDrained: () => void;
  /** Close code of the client, or null when the connection just ended. */
  readonly onClosed: (code: number | null) => void;
}

// Unsent bytes from which on sending waits for the socket.
const HIGH_WATER_BYTES = 1024 * 1024;
const DECODER = new TextDecoder('utf-8', { fatal: true });

/** One client of the mock. */
export class MockPeer {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #deflater: Deflater | null;
  #isCorked = false;

  constructor(ws: WebSocket, socket: Duplex, transport: Transport, events: PeerEvents) {
    this.#ws = ws;
    this.#socket = socket;
    const { compress } = transport;
    this.#deflater = compress === 'none' || compress === 'unknown' ? null : createDeflater(compress);
    ws.on('message', (data: Buffer) => events.onMessage(decode(data)));
    ws.on('pong', events.onPong);
    ws.on('error', () => undefined); // 'close' follows, with the code
    ws.on('close', (code) => events.onClosed(code === 1005 || code === 1006 ? null : code));
    socket.on('drain', events.onDrained);
  }

  /** Whether so much waits to be sent that more should wait for `onDrained`. */
  get isCongested(): boolean {
    return this.#socket.writableLength > HIGH_WATER_BYTES && !this.#isCorked;
  }

  /** Sends one payload; what is sent before the next `flush` leaves together. */
  send(text: string): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
    }
    if (this.#deflater === null) this.#ws.send(text);
    else this.#ws.send(this.#deflater.push(Buffer.from(text)), { binary: true });
  }

  /** Asks for a pong behind everything sent so far. */
  ping(): void {
    this.#ws.ping();
  }

  /** Lets go of everything sent so far. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** Closes with a code, or ends the connection without a close frame; what was sent before still leaves. */
  close(code: number | null, reason: string): void {
    this.flush();
    if (code === null) this.#socket.end();
    else this.#ws.close(code, reason);
  }

  /** Resolves when everything sent so far has left, or the connection is gone. */
  async sent(): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    await new Promise<void>((resolve) => this.#socket.write('', () => resolve()));
  }

  /** Cuts the connection off. */
  destroy(): void {
    this.#ws.terminate();
  }
}

function decode(data: Buffer): Payload | null {
  try {
    return toPayload(JSON.parse(DECODER.decode(data)) as JsonValue);
  } catch {
    return null;
  }
}
