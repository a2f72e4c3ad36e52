/**
 * Proxy server: listens, sends plain requests to the API and upgrades to the gateway, and stops gracefully.
 *
 * Reverse mode: clients are pointed at `http://HOST:PORT/api` or straight at `ws://HOST:PORT`. What is not HTTP
 * gets a 400 and one log line (entrance.ts). Everything about a single connection is in upgrade.ts and link.ts.
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createListener, type LookupFunction, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import { openEntrance } from './entrance.js';
import type { ListenAddress } from './listen.js';
import { listenOn } from './listen.js';
import { createReach } from './reach.js';
import { createRest } from './rest.js';
import { type CertificateFor, TlsFront } from './tls-front.js';
import { Upgrades } from './upgrade.js';

/** What a proxy is told. */
export interface ProxyOptions {
  readonly host: Host;
  readonly tap: Tap;
  readonly listen: ListenAddress;
  /** Gateway to relay to, `ws:` or `wss:`. */
  readonly upstream: URL;
  /** API base to pass REST requests to, such as `https://discord.com/api`. */
  readonly api: URL;
  /** True to replace READY's `resume_gateway_url`, so that clients resume through the proxy. */
  readonly isRewriting: boolean;
  /** How much of a REST call's bodies is tapped, in bytes on the wire. */
  readonly maxBodyBytes: number;
  /** Host names that may be dialled besides the upstream's own. */
  readonly allowHosts: readonly string[];
  /** Certificates to trust in upstreams besides the public ones, in PEM. */
  readonly upstreamCa: readonly string[];
  /** Name lookup; the system's by default. */
  readonly lookup?: LookupFunction;
  /** Certificates for clients that speak TLS to the proxy itself; null for a proxy that speaks plain HTTP only. */
  readonly tls: CertificateFor | null;
  /** What makes it a forward proxy, which changes nothing of what others are asked for; null for reverse mode. */
  readonly forward: ForwardOptions | null;
  /** Origins of web pages that may use the proxy, besides its own, and Discord's in forward mode. */
  readonly allowOrigins: readonly string[];
  /** How long the upstream may take to answer an upgrade; default 10 s, within every client's patience. */
  readonly dialTimeoutMs?: number;
}

/** What a forward proxy is told. */
export interface ForwardOptions {
  /** Certificates to show in the place of gateways and APIs. */
  readonly certificateFor: CertificateFor;
  /** What becomes of CONNECTs to all other hosts. */
  readonly others: 'tunnel' | 'refuse';
}

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
  /** Stops listening and ends every connection; the tap has been told of all ends when it resolves. */
  close(): Promise<void>;
}

const DIAL_TIMEOUT_MS = 10_000;

/** Starts a proxy. Rejects with a `NetworkError` when the address cannot be listened on. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { host, tap, api, maxBodyBytes, tls } = options;
  const server = createServer();
  const listener = tls === null ? server : listenerFor(new TlsFront(server, tls, host.log));
  const authority = await listenOn(listener, options.listen);
  const gatewayUrlFor = ({ headers, socket }: IncomingMessage): string =>
    `${socket instanceof TLSSocket ? 'wss' : 'ws'}://${headers.host ?? authority}`;
  const reach = createReach(options);
  const rest = createRest({ host, tap, maxBodyBytes, api, reach, gatewayUrlFor });
  const upgrades = new Upgrades({
    host,
    tap,
    rules: options,
    reach,
    isRewriting: options.isRewriting,
    dialTimeoutMs: options.dialTimeoutMs ?? DIAL_TIMEOUT_MS,
    gatewayUrlFor,
  });
  const sockets = socketsOf(server, listener);
  openEntrance(server, options, { rest, upgrades, reach });
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
    async close() {
      const stopped = new Promise((resolve) => listener.close(resolve));
      await upgrades.closeLinks();
      for (const socket of sockets) socket.destroy();
      rest.close();
      await upgrades.settled();
      await stopped;
    },
  };
}

/** Listens for TLS and plain HTTP on one port. */
function listenerFor(front: TlsFront): Server {
  return createListener({ allowHalfOpen: true, noDelay: true }, (socket) => front.accept(socket, null));
}

/** Sockets that are open now, those inside of TLS too. */
function socketsOf(...servers: readonly Server[]): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  for (const server of servers) server.on('connection', keep);
  return sockets;
}
