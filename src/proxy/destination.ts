/**
 * Destination: whom a request is for. Most are for the proxy itself; one to a forward proxy names an origin, in
 * its own line (`GET http://discord.com/api HTTP/1.1`) or by the CONNECT that its socket was opened with.
 *
 * Source: RFC 9112 section 3.2, RFC 9110 section 9.3.6.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { readUrl } from '../wire/url.js';
import { isAuthority } from '../serving/visitors.js';

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
export function findDestination(request: IncomingMessage, tunnels: Tunnels): Destination | null {
  const { url = '/', socket } = request;
  const opened = tunnels.get(socket) ?? null;
  if (url.startsWith('/')) return { origin: opened, target: url };
  // RFC 9112 §3.2.4: a question about the server as a whole.
  if (url === '*') return { origin: opened, target: '/' };
  const named = originNamed(url);
  if (named === null || (opened !== null && opened.host !== named.origin.host)) return null;
  return { origin: opened ?? named.origin, target: named.target };
}

/** Origin and target of a request line that holds a whole URL, or null. */
function originNamed(url: string): { readonly origin: URL; readonly target: string } | null {
  const [, scheme = '', authority = '', target = ''] = /^(https?:)\/\/([^/?#]+)(.*)$/is.exec(url) ?? [];
  // No user and password: they are deprecated, and a way to deceive (RFC 9110 section 4.2.4).
  const origin = isAuthority(authority) ? readUrl(`${scheme}//${authority}`) : null;
  if (origin === null) return null;
  return { origin, target: target.startsWith('/') ? target : `/${target}` };
}

/** The origin that a CONNECT's authority (`host:port`) stands for, by what is spoken there; null for a malformed one. */
export function tunnelOrigin(authority: string, isTls: boolean): URL | null {
  const isWhole = isAuthority(authority) && /:[0-9]+$/.test(authority);
  return isWhole ? readUrl(`${isTls ? 'https' : 'http'}://${authority}`) : null;
}
