/**
 * CONNECT: a client of a forward proxy asks for a tunnel to a host. Tunnels to gateways and APIs are inspected: their
 * bytes, TLS or plain, go to the HTTP server as if the client had dialled it. Other hosts are refused, or tunnelled
 * blind: their bytes are neither inspected nor recorded, and they may not resolve to private addresses.
 *
 * Source: RFC 9110 section 9.3.6.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Host } from '../host.js';
import { isLocalHost } from '../serving/addresses.js';
import { refuseSocket } from './answer.js';
import { type BlindTunnels, ESTABLISHED } from './blind-tunnel.js';
import { type Tunnels, tunnelOrigin } from './access.js';
import { isIntercepted, withoutBrackets } from './hosts.js';
import type { TlsFront } from './tls-front.js';

/** Rules for CONNECTs. */
export interface ConnectOptions {
  readonly host: Host;
  /** Hosts to inspect. */
  readonly intercepted: readonly string[];
  /** Treatment of all other hosts. */
  readonly others: 'tunnel' | 'refuse';
  readonly front: TlsFront;
  /** Called with the origin of every socket that goes to the HTTP server. */
  readonly tunnels: Tunnels;
  readonly blind: BlindTunnels;
}

/** Takes over a socket on which a client asked for a CONNECT. */
export function acceptConnect(
  { url = '' }: IncomingMessage,
  socket: Socket,
  head: Buffer,
  options: ConnectOptions,
): void {
  socket.on('error', () => undefined);
  socket.setTimeout(0);
  const named = tunnelOrigin(url, true);
  if (named === null || options.tunnels.has(socket)) {
    refuseSocket(socket, 400, 'CONNECT takes HOST:PORT, on a socket of its own');
  } else if (isIntercepted(named.hostname, options.intercepted)) {
    intercept(url, named.hostname, socket, head, options);
  } else if (options.others === 'refuse' || isLocalHost(named.hostname)) {
    const reason = `${named.hostname} is neither gateway nor API`;
    const hint = isLocalHost(named.hostname)
      ? 'NO_PROXY keeps it from here'
      : '--others tunnel lets it pass unseen';
    options.host.log('warn', `refused to connect: ${reason}: ${hint}`, 'connect_refused');
    refuseSocket(socket, 403, `${reason}: ${hint}`);
  } else {
    options.blind.open(named, socket, head);
  }
}

function intercept(
  authority: string,
  hostname: string,
  socket: Socket,
  head: Buffer,
  { front, tunnels }: ConnectOptions,
): void {
  socket.write(ESTABLISHED);
  if (head.length > 0) socket.unshift(head);
  front.accept(socket, withoutBrackets(hostname), (served) => {
    const origin = tunnelOrigin(authority, served instanceof TLSSocket);
    if (origin !== null) tunnels.set(served, origin);
  });
}
