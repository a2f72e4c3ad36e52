/**
 * CONNECT: a client of a forward proxy asks for a way to a host. To gateways and APIs the way leads through us: what
 * is spoken on it, TLS or plain, comes back to the HTTP server as if it had been dialled there. Others are refused, or
 * tunnelled blind: their bytes are neither looked at nor recorded, and they do not lead inward.
 *
 * Source: RFC 9110 section 9.3.6.
 */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Host } from '../host.js';
import { isLocalHost } from '../serving/addresses.js';
import { refuse } from './answer.js';
import { type Tunnels, tunnelOrigin } from './destination.js';
import { faultOf } from './fault.js';
import { isIntercepted, withoutBrackets } from './intercept.js';
import type { Reach } from './reach.js';
import type { TlsFront } from './tls-front.js';

/** What CONNECTs are decided by. */
export interface ConnectOptions {
  readonly host: Host;
  /** Hosts to look into. */
  readonly intercepted: readonly string[];
  /** What becomes of all others. */
  readonly others: 'tunnel' | 'refuse';
  readonly front: TlsFront;
  /** Told of the origin of every socket that comes back to the HTTP server. */
  readonly tunnels: Tunnels;
  readonly reach: Reach;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';
const DIAL_MS = 10_000;

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
    refuse(socket, 400, 'CONNECT takes HOST:PORT, on a socket of its own');
  } else if (isIntercepted(named.hostname, options.intercepted)) {
    intercept(url, named.hostname, socket, head, options);
  } else if (options.others === 'refuse' || isLocalHost(named.hostname)) {
    const reason = `${named.hostname} is neither gateway nor API`;
    const hint = isLocalHost(named.hostname)
      ? 'NO_PROXY keeps it from here'
      : '--others tunnel lets it pass unseen';
    options.host.log('warn', `refused to connect: ${reason}: ${hint}`);
    refuse(socket, 403, `${reason}: ${hint}`);
  } else {
    tunnel(named, socket, head, options);
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

/** Two sockets, piped into each other; an end of one is an end of the other. */
function tunnel(origin: URL, client: Socket, head: Buffer, { host, reach }: ConnectOptions): void {
  const port = origin.port === '' ? 443 : Number(origin.port);
  const server = connect({
    host: withoutBrackets(origin.hostname),
    port,
    lookup: reach.lookup,
    allowHalfOpen: true,
  });
  const giveUp = (error: Error): void => {
    host.log('warn', `${origin.hostname} ${faultOf(error)}`);
    refuse(client, 502, `${origin.hostname} ${faultOf(error)}`);
    server.destroy();
  };
  server.setTimeout(DIAL_MS, () => giveUp(new Error(`no answer within ${DIAL_MS} ms`)));
  server.once('error', giveUp);
  server.once('connect', () => {
    server.setTimeout(0);
    server.off('error', giveUp).on('error', () => undefined);
    client.write(ESTABLISHED);
    server.write(head);
    client.pipe(server).pipe(client);
  });
  client.once('close', () => server.destroy());
  server.once('close', () => client.destroySoon());
}
