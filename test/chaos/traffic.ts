/**
 * A gateway and its clients, bare sockets in this process, that know of each message when it was sent and when it arrived.
 *
 * Gateway and client send numbered messages: `s` of a dispatch, `d` of a heartbeat. The hash of what was sent and of what
 * arrived is compared at the end: a relay changes nothing here, as READY names no URL.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { writeFrameHeader } from '../../src/wire/frame.js';
import { maskedFrame } from '../support/raw-client.js';
import { switchingProtocols, upgradeRequest } from '../support/raw-peers.js';

/** How much there is to record. */
export type Load = 'trickle' | 'bursts' | 'overload';

interface LoadFigures {
  /** Dispatches at a time on each connection. */
  readonly messages: number;
  /** Pause between two times; 0: as soon as the socket takes more. */
  readonly everyMs: number;
}

const LOADS: Readonly<Record<Load, LoadFigures>> = {
  trickle: { messages: 1, everyMs: 8 },
  bursts: { messages: 1_500, everyMs: 150 },
  overload: { messages: 500, everyMs: 0 },
};

const HEARTBEAT_EVERY_MS = 7;

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;

/** One direction of a connection: where its messages end, when they arrived, and whether the bytes are the same. */
export class Leg {
  readonly #hashes = [createHash('sha256'), createHash('sha256')] as const;
  readonly #ends: number[] = [];
  readonly arrivedAtMs: number[] = [];
  sentBytes = 0;
  receivedBytes = 0;

  /** Writes messages; returns false if the socket would rather wait. */
  send(socket: Socket, messages: readonly Buffer[]): boolean {
    for (const message of messages) this.#ends.push((this.sentBytes += message.length));
    const bytes = messages.length === 1 ? messages[0]! : Buffer.concat(messages);
    this.#hashes[0].update(bytes);
    return socket.write(bytes);
  }

  receive(chunk: Buffer): void {
    this.#hashes[1].update(chunk);
    this.receivedBytes += chunk.length;
    const nowMs = performance.now();
    while ((this.#ends[this.arrivedAtMs.length] ?? Infinity) <= this.receivedBytes)
      this.arrivedAtMs.push(nowMs);
  }

  /** Messages that were sent. */
  get sent(): number {
    return this.#ends.length;
  }

  /** Whether all bytes have arrived as they were sent; asked once, at the end. */
  isWhole(): boolean {
    const [sent, received] = this.#hashes;
    return this.sentBytes === this.receivedBytes && sent.digest('hex') === received.digest('hex');
  }
}

/** A client's connection and its two directions. */
export class Lane {
  readonly number: number;
  readonly isCompressed: boolean;
  readonly fromGateway = new Leg();
  readonly fromClient = new Leg();
  client: Socket | null = null;
  gateway: Socket | null = null;
  #seq = 0;
  #beats = 0;

  constructor(number: number, isCompressed: boolean) {
    this.number = number;
    this.isCompressed = isCompressed;
  }

  get target(): string {
    return `/?v=10&encoding=json${this.isCompressed ? '&compress=zlib-stream' : ''}&lane=${this.number}`;
  }

  /** Sends the next dispatches, with a filling of `pad` each. */
  dispatch(count: number, pad = PAD): boolean {
    if (this.gateway === null || this.gateway.destroyed) return false;
    const messages = Array.from({ length: count }, () => {
      this.#seq += 1;
      const text = `{"t":"TYPING_START","s":${this.#seq},"op":0,"d":{"channel_id":"3","user_id":"4","pad":"${pad}"}}`;
      return this.#frame(this.#seq === 1 ? READY : text);
    });
    return this.fromGateway.send(this.gateway, messages);
  }

  /** Sends a close frame with these bytes, valid or not, from one side. */
  close(sender: 'client' | 'gateway', data: Uint8Array): void {
    if (sender === 'client') this.fromClient.send(this.client!, [maskedFrame(CLOSE, data)]);
    else this.fromGateway.send(this.gateway!, [frame(CLOSE, Buffer.from(data))]);
  }

  hello(): void {
    this.fromGateway.send(this.gateway!, [
      this.#frame('{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}'),
    ]);
  }

  /** Sends IDENTIFY or the next heartbeat. */
  beat(): void {
    if (this.client?.writable !== true) return;
    const text = this.#beats === 0 ? IDENTIFY : `{"op":1,"d":${this.#beats}}`;
    this.#beats += 1;
    this.fromClient.send(this.client, [maskedFrame(TEXT, text)]);
  }

  #frame(text: string): Buffer {
    if (!this.isCompressed) return frame(TEXT, Buffer.from(text));
    const data = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
    // The header of the stream is before the first message. Each message refers to nothing before it.
    return frame(BINARY, this.fromGateway.sent === 0 ? Buffer.concat([Buffer.of(0x78, 0x9c), data]) : data);
  }
}

const PAD = 'x'.repeat(160);
const IDENTIFY = JSON.stringify({ op: 2, d: { token: 'not.a.token', intents: 1, properties: {} } });
const READY = JSON.stringify({
  t: 'READY',
  s: 1,
  op: 0,
  d: { v: 10, session_id: 'abc', user: { id: '1' }, guilds: [] },
});

function frame(firstByte: number, data: Buffer): Buffer {
  return Buffer.concat([writeFrameHeader(firstByte, data.length, null), data]);
}

/** The gateway, its clients, and the timers of their messages. */
export class Traffic implements AsyncDisposable {
  readonly lanes: Lane[] = [];
  readonly #server: Server;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #isOver = false;
  /** How the gateway sends its answer to an upgrade; null if it never answers. */
  answer: ((socket: Socket, text: string) => unknown) | null = (socket, text) => socket.write(text);

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => void this.#accept(socket));
  }

  static async start(): Promise<Traffic> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const traffic = new Traffic(server);
    await traffic.listen();
    return traffic;
  }

  /** Listens, after `leave` on the same port again. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections and listens no more, as an upstream that is restarted. */
  async leave(): Promise<void> {
    const isClosed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await isClosed;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Connects a client, which asks by `ask`; resolves when the gateway has got its IDENTIFY. */
  async connect(
    gatewayUrl: string,
    isCompressed = false,
    ask = (socket: Socket, text: string): unknown => socket.write(text),
  ): Promise<Lane> {
    const lane = new Lane(this.lanes.length, isCompressed);
    this.lanes.push(lane);
    const { hostname, port } = new URL(gatewayUrl);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    lane.client = socket;
    socket.on('error', () => undefined).on('end', () => socket.end());
    ask(socket, upgradeRequest(lane.target));
    const { rest } = await readHead(socket);
    if (rest.length > 0) lane.fromGateway.receive(rest);
    socket.on('data', (chunk: Buffer) => lane.fromGateway.receive(chunk));
    lane.beat();
    while (lane.fromClient.arrivedAtMs.length === 0) await once(this.#server, 'received');
    return lane;
  }

  /** Sends messages from now on, until `stop`. */
  load(load: Load): void {
    this.#isOver = false;
    const { messages, everyMs } = LOADS[load];
    for (const lane of this.lanes) {
      this.#timers.push(setInterval(() => lane.beat(), HEARTBEAT_EVERY_MS));
      if (everyMs > 0) this.#timers.push(setInterval(() => lane.dispatch(messages), everyMs));
      else this.#flood(lane, messages);
    }
  }

  #flood(lane: Lane, messages: number): void {
    if (this.#isOver || lane.gateway?.writable !== true) return;
    if (lane.dispatch(messages)) setImmediate(() => this.#flood(lane, messages));
    else lane.gateway.once('drain', () => this.#flood(lane, messages));
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Resolves when all that was sent has arrived, or false as soon as a socket is closed. */
  async isDelivered(): Promise<boolean> {
    const legs = this.lanes.flatMap(({ fromGateway, fromClient }) => [fromGateway, fromClient]);
    while (legs.some(({ sentBytes, receivedBytes }) => receivedBytes < sentBytes)) {
      if (this.lanes.some(({ client }) => client?.destroyed !== false)) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  /** Legs on which other bytes arrived than were sent; asked once, at the end. */
  findChanged(): string[] {
    return this.lanes.flatMap(({ number, fromGateway, fromClient }) => [
      ...(fromGateway.isWhole() ? [] : [`lane ${number}: the client got other bytes`]),
      ...(fromClient.isWhole() ? [] : [`lane ${number}: the gateway got other bytes`]),
    ]);
  }

  /** Resolves when all clients' sockets are closed. */
  async clientsClosed(): Promise<void> {
    for (const { client } of this.lanes) if (client?.closed === false) await once(client, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    for (const { client, gateway } of this.lanes) {
      client?.destroy();
      gateway?.destroy();
    }
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #accept(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    if (this.answer === null) return;
    const { head, rest } = await readHead(socket);
    const lane = this.lanes[Number(/lane=(\d+)/.exec(head)?.[1])];
    if (lane === undefined) {
      socket.destroy();
      return;
    }
    lane.gateway = socket;
    const receive = (chunk: Buffer): void => {
      lane.fromClient.receive(chunk);
      if (lane.fromGateway.sent === 1) lane.dispatch(1);
      this.#server.emit('received');
    };
    socket.on('data', receive).on('end', () => socket.end());
    await this.answer(socket, switchingProtocols());
    lane.hello();
    if (rest.length > 0) receive(rest);
  }
}

/** Reads an HTTP head, and what came with it. The socket is paused until the next turn: by then the caller listens. */
async function readHead(socket: Socket): Promise<{ readonly head: string; readonly rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  while (!bytes.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket.resume(), 'data')) as [Buffer];
    socket.pause();
    bytes = Buffer.concat([bytes, chunk]);
  }
  setImmediate(() => socket.resume());
  const end = bytes.indexOf('\r\n\r\n');
  return { head: bytes.subarray(0, end).toString(), rest: bytes.subarray(end + 4) };
}
