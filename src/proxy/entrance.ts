/**
 * Entrance: everything that an HTTP server hears passes the gatekeeper first, and then goes where it belongs.
 *
 *   request ──► gatekeeper ──► REST          upgrade ──► gatekeeper ──► upgrades
 *                  └── no: 400, 403          CONNECT ──► connect.ts    what is not HTTP ──► 400
 *
 * Every refusal is one log line.
 */
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '../host.js';
import { letPageRead } from '../serving/pages.js';
import { refuse, refuseRequest } from './answer.js';
import { acceptConnect } from './connect.js';
import type { Destination, Tunnels } from './destination.js';
import { admit, type GateRules } from './gatekeeper.js';
import { mayDial } from './hosts.js';
import { interceptedHosts } from './intercept.js';
import type { ProxyOptions } from './options.js';
import type { Reach } from './reach.js';
import type { Rest } from './rest.js';
import { TLS_HANDSHAKE, TlsFront } from './tls-front.js';
import type { Upgrades } from './upgrade.js';

/** What serves the requests that the gatekeeper lets in. */
export interface Services {
  readonly rest: Rest;
  readonly upgrades: Upgrades;
  readonly reach: Reach;
}

/** Puts the gatekeeper in front of everything that the server hears. */
export function openEntrance(
  server: Server,
  options: ProxyOptions,
  { rest, upgrades, reach }: Services,
): void {
  const { host, forward, upstream, api, allowOrigins } = options;
  const tunnels: Tunnels = new WeakMap();
  const intercepted = interceptedHosts(options);
  const rules: GateRules = {
    mode: forward === null ? 'reverse' : 'forward',
    ownNames: [options.listen.host, api.hostname, upstream.hostname],
    isUpstream: (hostname) => mayDial(hostname, options),
    intercepted,
    allowOrigins,
  };
  const front = forward === null ? null : new TlsFront(server, forward.certificateFor, host.log);
  const admitted = (
    request: IncomingMessage,
    refuseWith: (status: number, reason: string) => void,
  ): Destination | null => {
    const admission = admit(request, rules, tunnels);
    if (admission.type === 'admitted') return admission.destination;
    host.log('warn', `refused a request: ${admission.reason}`);
    refuseWith(admission.status, admission.reason);
    return null;
  };
  server.on('request', (request, response) => {
    const destination = admitted(request, (status, reason) => refuseRequest(response, status, reason));
    if (destination === null) return;
    // At another origin the page asks the API itself, which answers for itself.
    if (destination.origin === null && letPageRead(request, response)) return;
    rest.handle(request, response, destination);
  });
  server.on('upgrade', (request, _, head) => {
    const { socket } = request;
    const destination = admitted(request, (status, reason) => refuse(socket, status, reason));
    if (destination !== null) upgrades.accept(request, destination, socket, head);
  });
  server.on('connect', (request, _, head) => {
    const { socket } = request;
    if (forward === null || front === null) {
      refuse(socket, 403, 'this proxy takes no CONNECT: --mode forward makes it one that does');
    } else {
      const { others } = forward;
      acceptConnect(request, socket, head, { host, intercepted, others, front, tunnels, reach });
    }
  });
  server.on('clientError', (error, socket) => refuseGarbage(host, error, socket));
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
    ? 'it speaks TLS: use ws:// and http:// here, or start with --tls'
    : `not an HTTP request (${error.code ?? ''})`;
  host.log('warn', `refused a connection from ${socket.remoteAddress ?? 'an unknown address'}: ${problem}`);
  refuse(socket, 400, problem);
}
