/**
 * A Discord gateway that follows a script and logs every frame: the referee of the integration tests.
 *
 * Built on `ws`, node:zlib and the codecs that a test brings along; it knows none of our code. HELLO, IDENTIFY →
 * READY → GUILD_CREATE, heartbeats and RESUME run by themselves; a test sends the rest. One session at a time.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { watchFrames, type WireFrame } from './frame-log.js';
import { GatewayWire, type WireCodecs } from './gateway-wire.js';
import { guildCreate, ready, sessionId } from './payloads.js';

/** One frame, as the gateway saw it. */
export interface LoggedFrame {
  /** Counts from 1. */
  readonly connection: number;
  readonly sender: 'client' | 'gateway';
  readonly kind: WireFrame['kind'];
  /** Payload length on the wire. */
  readonly wireBytes: number;
  /** Length after decompression; null for control frames. */
  readonly payloadBytes: number | null;
  /** Payload as JSON text; null for control frames. */
  readonly text: string | null;
}

interface Payload {
  readonly op: number;
  readonly d?: unknown;
  readonly s?: number | null;
  readonly t?: string | null;
}

type LoggedPayload = Pick<LoggedFrame, 'text' | 'payloadBytes'>;

const NO_PAYLOAD: LoggedPayload = { text: null, payloadBytes: null };

/** What a test may choose. */
export interface GatewayOptions extends WireCodecs {
  /** Guilds in READY, each followed by its GUILD_CREATE; default 3. */
  readonly guilds?: number;
  /** Of HELLO; default 41,250 ms, as Discord's. */
  readonly heartbeatIntervalMs?: number;
  /** What READY gives as `resume_gateway_url`; default the gateway's own URL. */
  readonly resumeUrl?: string;
  /** What the API answers beside discovery, by the end of the path; default nothing. */
  readonly answers?: Readonly<Record<string, object>>;
  /** Certificate for `localhost`, in PEM, for a gateway that speaks TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** One client's connection. */
export class GatewayPeer {
  readonly number: number;
  readonly request: IncomingMessage;
  readonly #socket: Socket;
  readonly #webSocket: WebSocket;
  readonly #wire: GatewayWire;
  readonly #sent: LoggedPayload[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(
    number: number,
    request: IncomingMessage,
    socket: Socket,
    webSocket: WebSocket,
    codecs: WireCodecs,
  ) {
    this.number = number;
    this.request = request;
    this.#socket = socket;
    this.#webSocket = webSocket;
    this.#wire = new GatewayWire(request.url ?? '/', codecs);
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  /** Sends a payload, after those before it; resolves when the socket has taken it, or is lost. */
  send(payload: Payload | string): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.#sending = this.#sending.then(() => this.#write(text));
    return this.#sending;
  }

  /** Sends bytes as one binary message, whatever they are. */
  sendRaw(bytes: Uint8Array, loggedAs = ''): Promise<void> {
    this.#sending = this.#sending.then(() => {
      this.#sent.push({ text: loggedAs, payloadBytes: Buffer.byteLength(loggedAs) });
      this.#webSocket.send(bytes, { binary: true });
    });
    return this.#sending;
  }

  /** Writes bytes to the socket, with no frame around them. */
  writeSocket(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a close frame, after everything sent so far. */
  async close(code: number, reason = ''): Promise<void> {
    await this.#sending;
    this.#webSocket.close(code, reason);
  }

  /** Ends TCP after what has been sent, without waiting for the client's close frame. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection with a TCP reset and no close frame. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  ping(data: string): void {
    this.#webSocket.ping(data);
  }

  /** Payload of a client's message. */
  read(message: Buffer): LoggedPayload & { readonly text: string } {
    return { text: this.#wire.decode(message), payloadBytes: message.length };
  }

  /** Payload of the oldest data frame not yet logged. */
  takeSent(): LoggedPayload {
    return this.#sent.shift() ?? NO_PAYLOAD;
  }

  async #write(text: string): Promise<void> {
    if (!this.isOpen) return;
    const { data, payloadBytes } = await this.#wire.encode(text);
    this.#sent.push({ text, payloadBytes });
    await new Promise<void>((resolve) => this.#webSocket.send(data, () => resolve()));
  }
}

/** The gateway: HTTP discovery and WebSocket on one port. */
export class ScriptedGateway {
  readonly frames: LoggedFrame[] = [];
  readonly peers: GatewayPeer[] = [];
  /** Method, path and `Authorization` of each HTTP request. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[] = [];
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #options: GatewayOptions;
  readonly #changed = new EventEmitter().setMaxListeners(0);
  /** Dispatches of the session, in order; `s` is the position, from 1. */
  #dispatches: string[] = [];
  #isReady = false;
  #sessionId = '';
  #sessionCount = 0;

  private constructor(options: GatewayOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request, response);
    this.#server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#accept(request, socket, webSocket),
      ),
    );
  }

  static async start(options: GatewayOptions = {}): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway(options);
    gateway.#server.listen(0, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.#options.tls === undefined ? `ws://127.0.0.1:${this.port}` : `wss://localhost:${this.port}`;
  }

  get apiUrl(): string {
    return `${this.url.replace('ws', 'http')}/api`;
  }

  /** Newest connection. */
  get peer(): GatewayPeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('no client has connected yet');
    return peer;
  }

  /** Sequence number of the session's last dispatch, 0 before any. */
  get lastSeq(): number {
    return this.#dispatches.length;
  }

  /** Sends a dispatch in the session, or keeps it for the next RESUME; resolves when it is written. */
  dispatch(event: string, d: object): Promise<void> {
    this.#dispatches.push(JSON.stringify({ t: event, s: this.#dispatches.length + 1, op: 0, d }));
    const text = this.#dispatches.at(-1) ?? '';
    return this.#isReady && this.peer.isOpen ? this.peer.send(text) : Promise.resolve();
  }

  /** Refuses the session's RESUME from now on. */
  forgetSession(): void {
    this.#sessionId = '';
  }

  /** Resolves when `isTrue` holds; looks again at every frame, connection and disconnection. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await once(this.#changed, 'change');
  }

  /** Resolves when a frame that `matches` has crossed. */
  async untilFrame(matches: (frame: LoggedFrame) => boolean): Promise<void> {
    await this.until(() => this.frames.some(matches));
  }

  async close(): Promise<void> {
    for (const client of this.#webSockets.clients) client.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push({
      line: `${request.method ?? ''} ${request.url ?? ''}`,
      authorization: request.headers.authorization,
    });
    const limits = { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 };
    const answers: Readonly<Record<string, object>> = {
      '/gateway': { url: this.url },
      '/gateway/bot': { url: this.url, shards: 1, session_start_limit: limits },
      ...this.#options.answers,
    };
    const body = Object.entries(answers).find(([path]) => (request.url ?? '').endsWith(path))?.[1];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { message: '404: Not Found', code: 0 }));
  }

  #accept(request: IncomingMessage, socket: Socket, webSocket: WebSocket): void {
    const peer = new GatewayPeer(this.peers.length + 1, request, socket, webSocket, this.#options);
    this.peers.push(peer);
    this.#isReady = false;
    const log = (sender: LoggedFrame['sender'], { kind, payload }: WireFrame): void => {
      const isData = kind === 'text' || kind === 'binary';
      const held = !isData ? NO_PAYLOAD : sender === 'gateway' ? peer.takeSent() : peer.read(payload);
      this.frames.push({ connection: peer.number, sender, kind, wireBytes: payload.length, ...held });
      this.#changed.emit('change');
    };
    watchFrames(
      socket,
      (frame) => log('client', frame),
      (frame) => log('gateway', frame),
    );
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => this.#changed.emit('change'));
    webSocket.on('message', (data: Buffer) => this.#hear(peer, peer.read(data).text));
    void peer.send({
      t: null,
      s: null,
      op: 10,
      d: {
        heartbeat_interval: this.#options.heartbeatIntervalMs ?? 41_250,
        _trace: ['["gw",{"micros":0.0}]'],
      },
    });
  }

  #hear(peer: GatewayPeer, text: string): void {
    const payload = parsed(text);
    if (payload.op === 1 || payload.op === 40) void peer.send('{"t":null,"s":null,"op":11,"d":null}');
    if (payload.op === 2) this.#identify();
    if (payload.op === 6) this.#resume(peer, payload.d?.session_id ?? '', payload.d?.seq ?? 0);
  }

  #identify(): void {
    const guilds = this.#options.guilds ?? 3;
    this.#dispatches = [];
    this.#isReady = true;
    this.#sessionId = sessionId(this.#sessionCount++);
    void this.dispatch('READY', ready(this.#options.resumeUrl ?? this.url, guilds, this.#sessionId));
    for (let index = 0; index < guilds; index += 1) void this.dispatch('GUILD_CREATE', guildCreate(index));
  }

  #resume(peer: GatewayPeer, session: string, seq: number): void {
    if (session !== this.#sessionId || seq > this.#dispatches.length) {
      void peer.send('{"t":null,"s":null,"op":9,"d":false}');
      return;
    }
    for (const text of this.#dispatches.slice(seq)) void peer.send(text);
    this.#isReady = true;
    void this.dispatch('RESUMED', { _trace: ['["gw",{"micros":1.0}]'] });
  }
}

/** Payload of a client, or one with an unanswered opcode if it is not JSON. */
function parsed(text: string): { op: number; d: { seq?: number; session_id?: string } | null } {
  try {
    return JSON.parse(text) as ReturnType<typeof parsed>;
  } catch {
    return { op: -1, d: null };
  }
}
