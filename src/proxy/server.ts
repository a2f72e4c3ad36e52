/**
 * Proxy server: listens, sends plain requests to the API and upgrades to the gateway, and stops gracefully.
 *
 * Reverse mode: clients are pointed at `http://HOST:PORT/api` or straight at `ws://HOST:PORT`. What is not HTTP
 * gets a 400 and one log line. Everything about a single connection is in upgrade.ts and link.ts.
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { type LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import { refuse } from './answer.js';
import { isAuthority } from './hosts.js';
import type { ListenAddress } from './listen.js';
import { listenOn } from './listen.js';
import { createReach } from './reach.js';
import { createRest } from './rest.js';
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
  /** How long the upstream may take to answer an upgrade; default 10 s, within every client's patience. */
  readonly dialTimeoutMs?: number;
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
// First byte of a TLS handshake record (RFC 8446 §5.1).
const TLS_HANDSHAKE = 0x16;

/** Starts a proxy. Rejects with a `NetworkError` when the address cannot be listened on. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { host, tap, api, maxBodyBytes } = options;
  const server = createServer();
  const authority = await listenOn(server, options.listen);
  const gatewayUrlFor = ({ headers }: IncomingMessage): string =>
    `ws://${headers.host !== undefined && isAuthority(headers.host) ? headers.host : authority}`;
  const reach = createReach(options);
  const rest = createRest({ host, tap, maxBodyBytes, api, reach, gatewayUrlFor });
  const upgrades = new Upgrades({
    host,
    tap,
    rules: { upstream: options.upstream, allowHosts: options.allowHosts },
    reach,
    isRewriting: options.isRewriting,
    dialTimeoutMs: options.dialTimeoutMs ?? DIAL_TIMEOUT_MS,
    gatewayUrlFor,
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', rest.handle);
  server.on('upgrade', (request, _, head) => upgrades.accept(request, request.socket, head));
  server.on('clientError', (error, socket) => refuseGarbage(host, error, socket));
  return {
    gatewayUrl: `ws://${authority}`,
    apiUrl: `http://${authority}/api`,
    get connectionCount() {
      return upgrades.linkCount;
    },
    get restCallCount() {
      return rest.callCount();
    },
    async close() {
      const stopped = new Promise((resolve) => server.close(resolve));
      await upgrades.closeLinks();
      for (const socket of sockets) socket.destroy();
      rest.close();
      await upgrades.settled();
      await stopped;
    },
  };
}

/** Answers what is no HTTP request, or a broken one. */
function refuseGarbage(
  host: Host,
  error: Error & { code?: string; rawPacket?: Uint8Array },
  socket: Duplex,
): void {
  socket.on('error', () => undefined);
  // A client that went away in the middle of a request has nothing to be told.
  if (error.code === 'ECONNRESET' || !(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  const isTls = error.rawPacket?.[0] === TLS_HANDSHAKE;
  const problem = isTls
    ? 'it speaks TLS: use ws:// and http:// here'
    : `not an HTTP request (${error.code ?? ''})`;
  host.log('warn', `refused a connection from ${socket.remoteAddress ?? 'an unknown address'}: ${problem}`);
  refuse(socket, 400, problem);
}
