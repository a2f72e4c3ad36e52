/**
 * Routing: checks each request that the HTTP server receives against the access rules, and hands it to the part that serves it.
 *
 *   request ──► access rules ──► REST        upgrade ──► access rules ──► upgrades
 *                  └── no: 400, 403          CONNECT ──► connect.ts    what is not HTTP ──► 400
 *
 * Every refusal is one log line.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '../host.js';
import { HTTP_BOUNDS } from '../serving/http.js';
import { letPageRead } from '../serving/pages.js';
import { refuseSocket, refuseRequest } from './answer.js';
import type { BlindTunnels } from './blind-tunnel.js';
import { acceptConnect } from './connect.js';
import { type AccessRules, decideAccess, type Destination, type Tunnels } from './access.js';
import { findFramingError } from './headers.js';
import { interceptedHosts, mayDial } from './hosts.js';
import type { ProxyOptions } from './options.js';
import type { Rest } from './rest.js';
import { TLS_HANDSHAKE, TlsFront } from './tls-front.js';
import type { Upgrades } from './upgrade.js';

/** Parts that serve the admitted requests. */
export interface Services {
  readonly rest: Rest;
  readonly upgrades: Upgrades;
  readonly blind: BlindTunnels;
}

const UNANSWERED = 'it asks for an upgrade before it has been answered';

/** Checks everything that the server receives against the access rules, and serves it. */
export function routeRequests(server: Server, options: ProxyOptions, services: Services): void {
  const { rest, upgrades, blind } = services;
  const { host, forward, upstream, api, allowOrigins } = options;
  const tunnels: Tunnels = new WeakMap();
  const intercepted = interceptedHosts(options);
  const rules: AccessRules = {
    mode: forward === null ? 'reverse' : 'forward',
    ownNames: [options.listen.host, api.hostname, upstream.hostname],
    isUpstream: (hostname) => mayDial(hostname, options),
    intercepted,
    allowOrigins,
  };
  const front =
    forward === null ? null : new TlsFront(server, forward.certificateFor, host.log, options.headTimeoutMs);
  const admitted = (
    request: IncomingMessage,
    refuseWith: (status: number, reason: string) => void,
  ): Destination | null => {
    const admission = decideAccess(request, rules, tunnels);
    if (admission.type === 'admitted') return admission.destination;
    host.log('warn', `refused a request: ${admission.reason}`, 'request_refused');
    refuseWith(admission.status, admission.reason);
    return null;
  };
  const answers = new OpenAnswers();
  server.on('request', (request, response) => {
    const { socket } = request;
    if (!answers.add(socket, response)) return;
    const destination = admitted(request, (status, reason) =>
      answers.refuseRequest(socket, response, status, reason),
    );
    if (destination === null) return;
    // At another origin the page calls the API itself, which answers with its own headers.
    if (destination.origin === null && letPageRead(request, response)) return;
    rest.handle(request, response, destination);
  });
  server.on('upgrade', (request, _, head) => {
    const { socket } = request;
    const refuseWith = (status: number, reason: string): void => answers.refuse(socket, status, reason);
    const destination = admitted(request, refuseWith);
    if (destination === null) return;
    if (answers.has(socket)) {
      host.log('warn', `refused a request: ${UNANSWERED}`, 'request_refused');
      refuseWith(400, UNANSWERED);
    } else upgrades.accept(request, destination, socket, head);
  });
  server.on('connect', (request, _, head) => {
    const { socket } = request;
    const misframed = findFramingError(request);
    if (forward === null || front === null) {
      answers.refuse(socket, 403, 'this proxy takes no CONNECT: --mode forward makes it one that does');
    } else if (misframed !== null || answers.has(socket)) {
      answers.refuse(socket, 400, misframed ?? 'it asks for a tunnel before it has been answered');
    } else {
      const { others } = forward;
      acceptConnect(request, socket, head, { host, intercepted, others, front, tunnels, blind });
    }
  });
  server.on('clientError', (error, socket) => refuseGarbage(host, error, socket, answers));
}

/** Answers input that is not HTTP, or a broken request. */
function refuseGarbage(host: Host, error: ClientError, socket: Duplex, answers: OpenAnswers): void {
  socket.on('error', () => undefined);
  // A client that disconnected in the middle of a request gets no answer.
  if (error.code === 'ECONNRESET' || !(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  const { status, problem } = describeGarbage(error);
  host.log(
    'warn',
    `refused a connection from ${socket.remoteAddress ?? 'an unknown address'}: ${problem}`,
    'connection_refused',
  );
  answers.refuse(socket, status, problem);
}

/** Pending answers by socket: a refusal written beside them would be taken for one of them. */
class OpenAnswers {
  readonly #open = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #refused = new WeakSet<Socket>();

  /** Notes a pending answer; returns false on a socket that is no longer trusted. */
  add(socket: Socket, response: ServerResponse): boolean {
    if (this.#refused.has(socket)) return false;
    const open = this.#open.get(socket) ?? new Set();
    this.#open.set(socket, open.add(response));
    response.once('close', () => open.delete(response));
    return true;
  }

  has(socket: Socket): boolean {
    return (this.#open.get(socket)?.size ?? 0) > 0;
  }

  /** Ends a socket, with a refusal if no other answer is pending. */
  refuse(socket: Socket, status: number, reason: string): void {
    const [first, ...others] = this.#open.get(socket) ?? [];
    this.#refused.add(socket);
    const isItsOwn = others.length === 0 && first?.req.complete === false && !first.headersSent;
    if (first === undefined || isItsOwn) refuseSocket(socket, status, reason);
    else socket.destroy();
  }

  /** Answers a request with a refusal; its socket is not trusted after that. */
  refuseRequest(socket: Socket, response: ServerResponse, status: number, reason: string): void {
    this.#refused.add(socket);
    refuseRequest(response, status, reason);
  }
}

/** An error of Node's parser, with the bytes that it could not parse. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** Error text for input that is not HTTP, or for a broken request. */
function describeGarbage({ code = '', rawPacket }: ClientError): { status: number; problem: string } {
  if (rawPacket?.[0] === TLS_HANDSHAKE) {
    return { status: 400, problem: 'it speaks TLS: use ws:// and http:// here, or start with --tls' };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, problem: `its headers are longer than ${HTTP_BOUNDS.headBytes} bytes` };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, problem: 'its request does not end' };
  return { status: 400, problem: `not an HTTP request (${code})` };
}
