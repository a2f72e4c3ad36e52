/**
 * MockGateway: serves recordings over HTTP and WebSocket, in any transport that the client asks for.
 *
 *   socket events ─► GatewayScript ─► actions ─► peers
 *
 * This is the shell: it owns the sockets, the clock and one timer, and knows nothing of the protocol
 * except the URL. Source: Discord Docs/Gateway, "Connecting"; Discord Docs/Opcodes and Status Codes.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { UsageError } from '../errors.js';
import { OP } from '../gateway/opcodes.js';
import { asInteger, asObject, asShard, asString, type JsonValue, type Payload } from '../gateway/payload.js';
import type { Host } from '../host.js';
import type {
  ClientFilter,
  GatewayAction,
  GatewayInput,
  GatewayStep,
} from '../replay/gateway-side/actions.js';
import type { Fault } from '../replay/faults/catalogue.js';
import { FaultLayer } from '../replay/faults/layer.js';
import type { Recording } from '../replay/recording.js';
import { REFUSALS, type Refusal } from '../replay/gateway-side/client-limits.js';
import { isSameToken } from '../replay/gateway-side/strictness.js';
import { listenOn } from '../serving/http.js';
import { OFFICIAL_ORIGINS } from '../serving/pages.js';
import { plainWhereUnknown, transportFromQuery } from '../wire/transport.js';
import { Alarm } from '../alarm.js';
import type {
  ExtraPayload,
  ReceivedFilter,
  ReceivedPayload,
  RestCall,
  ServedGateway,
  ServeOptions,
} from './gateway.js';
import { createWebSockets, isVersionSpoken, leaveAlone } from './web-sockets.js';
import { AheadThreads } from './ahead-thread.js';
import { MessageCache } from './message-cache.js';
import { MockPeer, type PeerOptions } from './peer.js';
import { Received, saidByClient } from './received.js';
import { MockRest } from './rest.js';
import type { Traffic } from './traffic.js';

const UNKNOWN_ASKED =
  'a client asks for an encoding or a compression that is not documented: it is served plain JSON';
const UNKNOWN_TRANSPORT: Refusal = { code: 4002, reason: 'Unknown encoding or compression.' };

/** Serves at least one recording: each client gets that of its shard. Throws a NetworkError if it cannot listen. */
export async function serveRecordings(
  recordings: readonly Recording[],
  options: ServeOptions,
): Promise<ServedGateway> {
  const server = createServer();
  const authority = await listenOn(server, options.listen);
  return new MockServer(server, authority, recordings, options);
}

class MockServer implements ServedGateway {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  readonly recorded: readonly ReceivedPayload[];
  readonly traffic: Traffic[] | null;
  readonly #server: Server;
  readonly #host: Host;
  /** Null where time passes between messages, so that there is time enough to make them. */
  readonly #ahead: AheadThreads | null;
  readonly #peerOptions: Pick<PeerOptions, 'isStrict' | 'cache'>;
  readonly #script: FaultLayer;
  readonly #alarm: Alarm;
  readonly #rest: MockRest;
  readonly #webSockets: WebSocketServer;
  readonly #peers = new Map<number, MockPeer>();
  readonly #received = new Received();
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #lastPeer = 0;
  #isClosed = false;

  constructor(server: Server, authority: string, recordings: readonly Recording[], options: ServeOptions) {
    this.#server = server;
    this.#host = options.host;
    this.gatewayUrl = `ws://${authority}`;
    this.apiUrl = `http://${authority}/api`;
    const { isLockstep = false, isStrict = false, token, faults = [], seed = 1 } = options;
    const pages = [...OFFICIAL_ORIGINS, ...(options.allowOrigins ?? [])];
    const ownNames = [options.listen.host];
    this.#webSockets = createWebSockets(ownNames, pages, options.host.log);
    const cache = new MessageCache();
    this.#peerOptions = { isStrict, cache };
    this.#ahead = options.speed === 'max' ? new AheadThreads(cache, recordings.flatMap(saidByGateway)) : null;
    const session = { ...options, isLockstep, resumeUrl: this.gatewayUrl };
    this.#script = new FaultLayer(recordings, session, faults, seed);
    this.#alarm = new Alarm(options.host.nowUs, () => this.#step({ type: 'tick' }));
    const shards = Math.max(...recordings.map(({ shard }) => shard?.[1] ?? 1));
    // Without a limit all shards may identify at once: a test should not have to wait.
    const { maxConcurrency = isStrict ? 1 : shards } = options;
    this.#rest = new MockRest(recordings, {
      host: options.host,
      ownNames,
      pages,
      discovery: { gatewayUrl: this.gatewayUrl, shards, maxConcurrency },
      isAuthorized: (header = null) => token === undefined || isSameToken(token, header),
      isRefusing: () => this.#isRefusing(),
    });
    this.traffic = options.isTrafficKept === true ? [] : null;
    this.recorded = recordings.flatMap(saidByClient);
    server.on('request', (request, response) => {
      response.once('close', () => this.#received.stir());
      this.#rest.handle(request, response);
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get restCalls(): readonly RestCall[] {
    return this.#rest.calls;
  }

  received<Op extends number>(filter: ReceivedFilter<Op> = {}): readonly ReceivedPayload<Op>[] {
    return this.#received.list(filter);
  }

  stirred(): Promise<void> {
    return this.#received.stirred();
  }

  send<Event extends string>(extra: ExtraPayload<Event>, to: ClientFilter = {}): number {
    const { op = 0, t = null, d } = extra as ExtraPayload & { readonly d: JsonValue };
    return this.#step({ type: 'inject', payload: { op, d, s: null, t }, to });
  }

  disconnect(code: number | null = null, to: ClientFilter = {}): number {
    return this.#step({ type: 'drop', code, to });
  }

  step(): void {
    this.#step({ type: 'advance' });
  }

  arm(fault: Fault): void {
    if (!this.#isClosed) this.#follow(this.#script.arm(fault, this.#host.nowUs()));
  }

  async finished(): Promise<void> {
    if (!this.#script.isFinished) {
      if (this.#isClosed) throw closedEarly();
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    await Promise.all([...this.#peers.values()].map((peer) => peer.read()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#alarm.set(null);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(closedEarly());
    for (const ws of this.#webSockets.clients) ws.terminate(); // including the refused ones
    const ended = this.#ahead?.close();
    if (this.#server.listening) {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      this.#server.closeAllConnections();
      await closed;
    }
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => undefined); // 'close' follows, with the code
      ws.pause();
      const query = new URLSearchParams((request.url ?? '').split('?')[1]);
      const asked = transportFromQuery(query);
      const { encoding, compress } = plainWhereUnknown(asked);
      const isUnknown = encoding !== asked.encoding || compress !== asked.compress;
      if (isUnknown) this.#host.log('warn', UNKNOWN_ASKED, 'transport_unknown');
      if (!isVersionSpoken(query.get('v'))) this.#turnAway(ws, request.socket, REFUSALS.invalidVersion);
      else if (isUnknown && this.#peerOptions.isStrict) {
        this.#turnAway(ws, request.socket, UNKNOWN_TRANSPORT);
      } else this.#accept(ws, request, { encoding, compress, ...this.#peerOptions });
    });
  }

  #turnAway(ws: WebSocket, socket: Socket, { code, reason }: Refusal): void {
    void leaveAlone(socket, this.#host.nowUs).then(() => {
      ws.close(code, reason);
      ws.resume();
    });
  }

  #accept(ws: WebSocket, { socket, url }: IncomingMessage, options: PeerOptions): void {
    this.#ahead?.begin(options);
    this.#lastPeer += 1;
    const id = this.#lastPeer;
    const peer = new MockPeer(ws, socket, options, {
      onMessage: (payload) => this.#message(id, payload),
      onCaughtUp: () => this.#step({ type: 'pong', peer: id }),
      onDrained: () => this.#step({ type: 'drained', peer: id }),
      onClosed: (code) => {
        this.#peers.delete(id);
        this.traffic?.push({ type: 'closed', connection: id, atUs: this.#host.nowUs(), code });
        this.#host.log('info', `client ${id} has gone: ${code ?? 'no close frame'}`, 'client_closed');
        this.#step({ type: 'disconnected', peer: id, code });
      },
    });
    this.#peers.set(id, peer);
    this.traffic?.push({ type: 'opened', connection: id, atUs: this.#host.nowUs(), path: url ?? '/' });
    this.#host.log(
      'info',
      `client ${id} has come: ${options.encoding}, ${options.compress}`,
      'client_opened',
    );
    void leaveAlone(socket, this.#host.nowUs).then(() => {
      if (this.#peers.has(id)) this.#step({ type: 'connected', peer: id });
      ws.resume();
    });
  }

  #isRefusing(): boolean {
    const isRefusing = this.#script.refusesRequest();
    this.#tellFaults();
    return isRefusing;
  }

  #tellFaults(): void {
    for (const name of this.#script.takeNews())
      this.#host.log('info', `the fault ${name} acts`, 'fault_acts');
  }

  #message(peer: number, payload: Payload | null): void {
    this.traffic?.push({ type: 'received', connection: peer, atUs: this.#host.nowUs(), payload });
    if (payload === null) {
      this.#step({ type: 'undecodable', peer });
      return;
    }
    this.#received.add({ connection: peer, atUs: this.#host.nowUs(), payload });
    const opening = openingLine(payload);
    if (opening !== null) this.#host.log('info', `client ${peer} ${opening}`, 'client_in_session');
    this.#step({ type: 'payload', peer, payload });
  }

  // Feeds an input to the script and runs its actions; returns the number of peers that were involved.
  #step(input: GatewayInput): number {
    return this.#isClosed ? 0 : this.#follow(this.#script.step(input, this.#host.nowUs()));
  }

  #follow({ actions, wakeAtUs }: GatewayStep): number {
    this.#tellFaults();
    const touched = this.#perform(actions);
    this.#alarm.set(wakeAtUs);
    if (this.#script.isFinished) for (const waiting of this.#waiting.splice(0)) waiting.resolve();
    this.#flush(touched);
    return touched.size;
  }

  #perform(actions: readonly GatewayAction[]): ReadonlySet<number> {
    const touched = new Set<number>();
    for (const action of actions) {
      if (this.traffic !== null) this.#keep(action, this.traffic);
      this.#peers.get(action.peer)?.perform(action);
      touched.add(action.peer);
    }
    return touched;
  }

  #keep(action: GatewayAction, traffic: Traffic[]): void {
    const { type, peer: connection } = action;
    if (!this.#peers.has(connection)) return;
    const place = { connection, atUs: this.#host.nowUs() };
    if (type === 'send') traffic.push({ ...place, type: 'sent', text: action.text });
    else if (type === 'close') {
      traffic.push({ ...place, type: 'closing', code: action.code, reason: action.reason });
    } else if (type === 'reset') traffic.push({ ...place, type: 'closing', code: null, reason: '' });
  }

  // Sends a batch. A peer that cannot keep up is skipped until it can; the others continue at once.
  #flush(ids: ReadonlySet<number>): void {
    for (const id of ids) {
      const peer = this.#peers.get(id);
      peer?.flush();
      if (peer?.isCongested === true) this.#step({ type: 'congested', peer: id });
    }
  }
}

/** Properties that a client sends about itself, or null if it sends none. */
function openingLine({ op, d }: Payload): string | null {
  const said = asObject(d);
  if (op === OP.RESUME) return `resumes at ${asInteger(said?.['seq']) ?? 'no number'}`;
  if (op !== OP.IDENTIFY) return null;
  const library = asString(asObject(said?.['properties'])?.['browser']);
  const shard = asShard(said?.['shard'] ?? null);
  const name = library === null ? '' : ` as ${library}`;
  return `identifies${name}${shard === null ? '' : `, shard ${shard.join('/')}`}`;
}

/** Texts of a recording's gateway. */
function saidByGateway({ steps }: Recording): readonly string[] {
  return steps.flatMap((step) => (step.type === 'payload' && step.sender === 'gateway' ? [step.text] : []));
}

function closedEarly(): UsageError {
  return new UsageError(
    'the mock was closed before the recording was played to its end',
    'await finished() before close()',
  );
}
