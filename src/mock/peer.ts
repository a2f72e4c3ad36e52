/**
 * Peer: one client connection of the mock, from payload texts to WebSocket messages and back.
 *
 *   text ─► encode ─► compress ─► one message per payload      client message ─► payload | undecodable
 *
 * It decides nothing: the script decides what is sent and when. The socket is corked while a batch is
 * written, because one system call per message is what limits a fast sender.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { isSendable } from '../gateway/close-codes.js';
import { OP } from '../gateway/opcodes.js';
import { asObject, type Payload } from '../gateway/payload.js';
import type { GatewayAction, SendAction } from '../replay/gateway-side/actions.js';
import { damageMessage, PayloadEncoder } from './encoder.js';
import { written } from './web-sockets.js';
import { MessageReader } from './message-reader.js';
import type { MessageCache, MockTransport } from './message-cache.js';

/**
 * Transport of a connection, whether wrong input is refused as documented, and the messages that are encoded already.
 */
export interface PeerOptions extends MockTransport {
  readonly isStrict: boolean;
  readonly cache: MessageCache;
}

/** Callbacks of a peer; never called while a call into the peer runs. */
export interface PeerEvents {
  /** A message of the client; null if it holds no payload. */
  readonly onMessage: (payload: Payload | null) => void;
  /** The client has read everything up to the last ping; follows `ping`. */
  readonly onCaughtUp: () => void;
  /** All written bytes have left; follows `isCongested`. */
  readonly onDrained: () => void;
  /** Close code of the client, or null if the connection just ended. */
  readonly onClosed: (code: number | null) => void;
}

// Limit of unsent bytes; above it sending waits for the socket.
const HIGH_WATER_BYTES = 1024 * 1024;
// RFC 6455 section 5.5: a close frame has 125 bytes at most, and the code takes two of them.
const MAX_REASON_BYTES = 123;
// A library answers a ping as it reads it, but some inflate asynchronously: @discordjs/ws with node:zlib was measured
// to be 0.03 to 0.07 ms a message behind then. The limit is much higher, since it can share its processor with others.
const LAG_MS = 25;
const LAG_PER_MESSAGE_MS = 1;
const MAX_LAG_MS = 1000;
// A client that answers no ping in this time counts as having read everything: some clients never answer.
const PONG_WITHIN_MS = 1000;

/** A ping without an answer. */
interface Asked {
  /** Number from 1, and content of the ping. */
  readonly ordinal: number;
  readonly onAnswer: () => void;
}

/** One client of the mock. */
export class MockPeer {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #encoder: PayloadEncoder;
  readonly #messageReader: MessageReader;
  readonly #onCaughtUp: () => void;
  #isCompressed: boolean;
  #isCorked = false;
  #sentCount = 0; // since the client last caught up
  #pingCount = 0;
  #asked: Asked[] = [];
  /** Payloads sent, and how many of them the client is known to have read. */
  #sentTotal = 0;
  #readTotal = 0;

  constructor(
    ws: WebSocket,
    socket: Socket,
    { isStrict, cache, ...transport }: PeerOptions,
    events: PeerEvents,
  ) {
    this.#ws = ws;
    this.#socket = socket;
    this.#encoder = new PayloadEncoder(transport, cache);
    this.#isCompressed = transport.compress !== 'none';
    this.#messageReader = new MessageReader(transport, isStrict);
    ws.on('message', (data: Buffer, isBinary) => events.onMessage(this.#read(data, isBinary)));
    this.#onCaughtUp = events.onCaughtUp;
    ws.on('pong', (said: Buffer) => this.#pong(said.toString()));
    ws.on('close', (code) => events.onClosed(code === 1005 || code === 1006 ? null : code));
    socket.on('drain', events.onDrained);
  }

  /** Whether so many bytes are unsent that more should wait for `onDrained`. */
  get isCongested(): boolean {
    return this.#socket.writableLength > HIGH_WATER_BYTES && !this.#isCorked;
  }

  /** Runs one action of the script. */
  perform(action: GatewayAction): void {
    switch (action.type) {
      case 'send':
        this.#send(action);
        return;
      case 'ping':
        this.#ping(this.#onCaughtUp);
        return;
      case 'close':
        this.#close(action.code, action.reason);
        return;
      case 'reset':
        this.flush();
        this.#socket.resetAndDestroy();
        return;
      case 'finished':
        return;
    }
  }

  // Messages sent before the next `flush` leave together.
  #send({ text, event, damage = null }: SendAction): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
    }
    this.#sentCount += 1;
    this.#sentTotal += 1;
    const message = this.#encoder.encode(text, event);
    if (damage === null) this.#ws.send(message);
    else for (const part of damageMessage(message, damage)) this.#ws.send(part);
  }

  /** Sends everything queued so far. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  // Without a code that a frame can hold, the connection ends without one; messages sent before still leave.
  #close(code: number | null, reason: string): void {
    this.flush();
    if (code === null || !isSendable(code)) this.#socket.end();
    else this.#ws.close(code, fitting(reason));
  }

  /**
   * Resolves when the client has answered a ping sent after everything so far; or when it is gone, or has not answered
   * for a second.
   */
  async read(): Promise<void> {
    await written(this.#socket);
    const { readyState, OPEN, CLOSED } = this.#ws;
    if (readyState === CLOSED || this.#readTotal === this.#sentTotal) return;
    const total = this.#sentTotal;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(overdue);
        this.#readTotal = total;
        resolve();
      };
      const overdue = setTimeout(() => {
        if (readyState !== OPEN || this.#asked.some(({ onAnswer }) => onAnswer === settle)) settle();
      }, PONG_WITHIN_MS);
      this.#ws.once('close', settle); // a close frame is answered too
      if (readyState === OPEN) this.#ping(settle);
    });
  }

  #ping(onAnswer: () => void): void {
    this.#pingCount += 1;
    this.#asked.push({ ordinal: this.#pingCount, onAnswer });
    this.#ws.ping(String(this.#pingCount));
  }

  // An answer covers the pings before it as well (RFC 6455 section 5.5.3); one with other content counts for the last.
  #pong(said: string): void {
    const ordinal = /^[1-9]\d*$/.test(said) ? Number(said) : this.#pingCount;
    const answered = this.#asked.filter((asked) => asked.ordinal <= ordinal);
    this.#asked = this.#asked.filter((asked) => asked.ordinal > ordinal);
    if (answered.length > 0) {
      this.#catchUp(() => {
        for (const { onAnswer } of answered) onAnswer();
      });
    }
  }

  #catchUp(done: () => void): void {
    const count = this.#sentCount;
    this.#sentCount = 0;
    if (!this.#isCompressed || count === 0) done();
    else setTimeout(done, Math.min(MAX_LAG_MS, LAG_MS + count * LAG_PER_MESSAGE_MS)).unref();
  }

  #read(data: Buffer, isBinary: boolean): Payload | null {
    const payload = this.#messageReader.read(data, isBinary);
    if (payload?.op === OP.IDENTIFY && asObject(payload.d)?.['compress'] === true) {
      this.#isCompressed = true;
      this.#encoder.compressPayloads();
    }
    return payload;
  }
}

/** A reason cut to the size of a close frame: redaction can have made it longer than it was on the wire. */
function fitting(reason: string): string {
  return new TextDecoder().decode(Buffer.from(reason).subarray(0, MAX_REASON_BYTES), { stream: true });
}
