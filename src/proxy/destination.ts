/**
 * Destination: whom a request is for. Most are for the proxy itself; one to a forward proxy names an origin, in
 * its own line (`GET http://discord.com/api HTTP/1.1`) or by the CONNECT that its socket was opened with.
 *
 * Source: RFC 9112 section 3.2, RFC 9110 section 9.3.6.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Whom a request is for. */
export interface Destination {
  /** Scheme and authority, `http:` or `https:`; null for the proxy itself. */
  readonly origin: URL | null;
  /** Path and query to the letter. */
  readonly target: string;
}

/** Origins of the sockets that were opened by CONNECT. */
export type Tunnels = WeakMap<Socket, URL>;

/** Whom a request is for, or null for one that contradicts itself or cannot be read. */
export function destinationOf(request: IncomingMessage, tunnels: Tunnels): Destination | null {
  const { url = '/', socket } = request;
  const opened = tunnels.get(socket) ?? null;
  if (url.startsWith('/')) return { origin: opened, target: url };
  // RFC 9112 §3.2.4: a question about the server as a whole.
  if (url === '*') return { origin: opened, target: '/' };
  const named = /^https?:\/\/[^/?#]+(.*)$/is.exec(url);
  if (named === null || !URL.canParse(url)) return null;
  const origin = new URL(new URL(url).origin);
  if (opened !== null && opened.host !== origin.host) return null;
  const target = named[1] ?? '';
  return { origin: opened ?? origin, target: target.startsWith('/') ? target : `/${target}` };
}

/** The origin that a CONNECT's authority (`host:port`) stands for, by what is spoken there; null for a malformed one. */
export function tunnelOrigin(authority: string, isTls: boolean): URL | null {
  const url = `${isTls ? 'https' : 'http'}://${authority}`;
  return /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}$/i.test(authority) && URL.canParse(url)
    ? new URL(url)
    : null;
}
