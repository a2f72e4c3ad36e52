/**
 * Proxy server: listens, sends plain requests to the API and upgrades to the gateway, and stops gracefully.
 *
 * Reverse mode: clients use `http://HOST:PORT/api` or directly `ws://HOST:PORT`. Input that is not HTTP gets a 400 and
 * one log line (routing.ts). upgrade.ts and link.ts handle the single connection.
 */
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { createServer as createListener, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BlindTunnels } from './blind-tunnel.js';
import { routeRequests } from './routing.js';
import { foldRepeats } from './folded-log.js';
import { formatAuthority, HTTP_BOUNDS, listenOn, stopListening } from '../serving/http.js';
import { isLoopback } from '../serving/addresses.js';
import type { ProxyOptions } from './options.js';
import { createSocketOptions } from './dialling.js';
import { createRest } from './rest.js';
import { TlsFront } from './tls-front.js';
import { Upgrades } from './upgrade.js';

/** A running proxy. */
export interface Proxy {
  /** Such as `ws://127.0.0.1:7331`, without a trailing slash. */
  readonly gatewayUrl: string;
  /** Such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** WebSocket connections that are open now. */
  readonly connectionCount: number;
  /** REST calls so far. */
  readonly restCallCount: number;
  /** Server that accepts the clients, for a process that goes on with it. */
  readonly listener: Server;
  /** Stops listening, but serves who is connected; resolves when the last one has gone. */
  drain(): Promise<void>;
  /** Stops listening and ends every connection. Resolves after the tap was notified of all ends. */
  close(): Promise<void>;
}

const DIAL_TIMEOUT_MS = 10_000;
/** Times that Node looks for overdue heads while one is allowed to take. */
const CHECKS_PER_TIMEOUT = 10;

/** Starts a proxy. Rejects with a `NetworkError` when the address cannot be listened on. */
export async function startProxy(given: ProxyOptions): Promise<Proxy> {
  const folded = foldRepeats(given.host.log);
  const host = { ...given.host, log: folded.log };
  const options = { ...given, host };
  const { tap, api, maxBodyBytes, tls } = options;
  const headTimeoutMs = options.headTimeoutMs ?? HTTP_BOUNDS.headMs;
  const server = createServer({
    maxHeaderSize: HTTP_BOUNDS.headBytes,
    headersTimeout: headTimeoutMs,
    connectionsCheckingInterval: Math.ceil(headTimeoutMs / CHECKS_PER_TIMEOUT),
  });
  // The bound on their bytes bounds them; Node would leave out what is over a number.
  server.maxHeadersCount = 0;
  const listener =
    tls === null ? server : createTlsListener(server, new TlsFront(server, tls, host.log, headTimeoutMs));
  const authority = await listenOn(listener, options.listen, options.adopt);
  const makeGatewayUrl = ({ headers, socket }: IncomingMessage): string =>
    `${socket instanceof TLSSocket ? 'wss' : 'ws'}://${ownAuthority(headers.host ?? null, socket)}`;
  const socketOptions = createSocketOptions(options);
  const rest = createRest({ host, tap, maxBodyBytes, api, socketOptions, makeGatewayUrl });
  const upgrades = new Upgrades({
    host,
    tap,
    rules: options,
    socketOptions,
    isRewriting: options.isRewriting,
    dialTimeoutMs: options.dialTimeoutMs ?? DIAL_TIMEOUT_MS,
    makeGatewayUrl,
  });
  const sockets = new OpenSockets(server, listener);
  const blind = new BlindTunnels(host, socketOptions);
  routeRequests(server, options, { rest, upgrades, blind });
  const secure = tls === null ? '' : 's';
  return {
    gatewayUrl: `ws${secure}://${authority}`,
    apiUrl: `http${secure}://${authority}/api`,
    get connectionCount() {
      return upgrades.linkCount;
    },
    get restCallCount() {
      return rest.callCount();
    },
    listener,
    drain() {
      stopListening(server, listener);
      return sockets.untilNone().then(() => upgrades.ended());
    },
    async close() {
      const stopped = new Promise((resolve) => listener.close(resolve));
      if (server !== listener) server.close();
      await upgrades.closeLinks();
      blind.close();
      sockets.destroy();
      rest.close();
      await upgrades.settled();
      await stopped;
      folded.flush();
    },
  };
}

/**
 * Host and port by which a client reaches us: what it says, or where its connection came in. Some clients leave out the
 * port of a loopback name; a front before the proxy, which has a port of its own, has a name of its own.
 */
function ownAuthority(host: string | null, { localAddress = '', localPort = 0 }: Socket): string {
  const address = localAddress.replace(/^::ffff:(?=[0-9.]+$)/, '');
  if (host === null) return formatAuthority(address, localPort);
  const isShort = isLoopback(host.replace(/^\[(.*)\]$/, '$1')) && isLoopback(address);
  return isShort ? `${host}:${localPort}` : host;
}

/** Listens for TLS and plain HTTP on one port. */
function createTlsListener(server: HttpServer, front: TlsFront): Server {
  // An HTTP server looks for overdue heads from the moment it listens, and this one never does.
  server.emit('listening');
  return createListener({ allowHalfOpen: true, noDelay: true }, (socket) => front.accept(socket, null));
}

/** Sockets that are open now, those inside of TLS too. */
class OpenSockets {
  readonly #sockets = new Set<Socket>();
  #onNone: () => void = () => undefined;

  constructor(...servers: readonly Server[]) {
    for (const server of servers) server.on('connection', (socket) => this.#keep(socket));
  }

  #keep(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onNone();
    });
  }

  /** Resolves when none is open. */
  untilNone(): Promise<void> {
    return new Promise((resolve) => {
      this.#onNone = resolve;
      if (this.#sockets.size === 0) resolve();
    });
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
