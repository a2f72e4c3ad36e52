/**
 * Access rules: who may use the proxy, and for what. A request is checked here before anything else is done with it.
 *
 * - A request for the proxy itself has a Host that an attacker's DNS cannot hold: an address, a local name, or an
 *   upstream's own. Else a page could reach the proxy by a name of its own that now leads here (DNS rebinding).
 * - A browser's page of a foreign origin is refused: the proxy would lend it the network's trust, and the recording.
 * - Another origin can be named in forward mode only, and only one that is looked into.
 *
 * Source: RFC 9110 section 7.2, RFC 6454, RFC 6455 section 10.2, Fetch Metadata Request Headers (W3C).
 */
import type { IncomingMessage } from 'node:http';
import { HTTP_BOUNDS } from '../serving/http.js';
import { OFFICIAL_ORIGINS, pageRefusal } from '../serving/pages.js';
import { embedRefusal, isAuthority, isOwnHost, isSameOrigin } from '../serving/visitors.js';
import { isLocalHost } from '../serving/addresses.js';
import { findFramingError } from './headers.js';
import { isIntercepted } from './hosts.js';
import { readUrl } from '../wire/url.js';
import type { Socket } from 'node:net';

/** Rules of access to the proxy. */
export interface AccessRules {
  readonly mode: 'reverse' | 'forward';
  /** Names by which clients reach the proxy, besides local ones. */
  readonly ownNames: readonly string[];
  /** Whether a host is one that the proxy dials. */
  readonly isUpstream: (hostname: string) => boolean;
  /** Hosts that are looked into, in forward mode. */
  readonly intercepted: readonly string[];
  /** Origins of web pages that may use the proxy; `*` stands for any part of a host. */
  readonly allowOrigins: readonly string[];
}

/** Decision about one request. */
export type AccessDecision =
  | { readonly type: 'admitted'; readonly destination: Destination }
  | { readonly type: 'refused'; readonly status: 400 | 403 | 414; readonly reason: string };

/** Decides on one request; `tunnels` tells which sockets were opened by CONNECT. */
export function decideAccess(request: IncomingMessage, rules: AccessRules, tunnels: Tunnels): AccessDecision {
  const destination = findDestination(request, tunnels);
  const { host } = request.headers;
  const misframed = findFramingError(request);
  if (misframed !== null) return refused(400, misframed);
  if ((request.url ?? '').length > HTTP_BOUNDS.targetLength)
    return refused(414, `the URL is longer than ${HTTP_BOUNDS.targetLength} characters`);
  if (destination === null) return refused(400, 'the request does not say whom it is for');
  if (host !== undefined && !isAuthority(host)) return refused(400, 'the Host header is no host');
  const own = forItself(destination, rules);
  const reason =
    (own === null ? refuseOrigin(destination, rules) : refuseHost(host, destination, rules)) ??
    refusePage(request, own ?? destination, rules);
  return reason === null ? { type: 'admitted', destination: own ?? destination } : refused(403, reason);
}

/** The destination as one for the proxy itself, or null where it names another: its own name says nothing new. */
function forItself({ origin, target }: Destination, rules: AccessRules): Destination | null {
  const isOwn = origin === null || (rules.mode === 'reverse' && isOwnName(origin.hostname, rules));
  return isOwn ? { origin: null, target } : null;
}

function isOwnName(hostname: string, rules: AccessRules): boolean {
  return isLocalHost(hostname) || rules.ownNames.includes(hostname) || rules.isUpstream(hostname);
}

function refuseHost(host: string | undefined, { origin }: Destination, rules: AccessRules): string | null {
  const hostname =
    origin?.hostname ?? (host === undefined ? null : (readUrl(`http://${host}`)?.hostname ?? null));
  if (hostname === null || isOwnHost(hostname) || isOwnName(hostname, rules)) return null;
  return `the Host header names ${hostname}, which is not this proxy`;
}

function refuseOrigin({ origin }: Destination, rules: AccessRules): string | null {
  const host = origin?.host ?? '';
  if (rules.mode === 'reverse')
    return `${host} is asked for by way of a proxy, which --mode forward makes this one`;
  return isIntercepted(origin?.hostname ?? '', rules.intercepted)
    ? null
    : `${host} is neither gateway nor API: plain HTTP to others does not pass`;
}

/** Why the web page that a browser names as the one who asks may not, or null where it may, or there is none. */
function refusePage(request: IncomingMessage, destination: Destination, rules: AccessRules): string | null {
  const { origin, host = '' } = request.headers;
  // What a browser gets from Discord itself is no secret here.
  if (origin === undefined) return destination.origin === null ? embedRefusal(request.headers) : null;
  const isSame = isSameOrigin(origin, destination.origin?.host ?? host);
  return isSame ? null : pageRefusal(origin, [...OFFICIAL_ORIGINS, ...rules.allowOrigins]);
}

function refused(status: 400 | 403 | 414, reason: string): AccessDecision {
  return { type: 'refused', status, reason };
}

// Destination: whom a request is for. Most are for the proxy itself; one to a forward proxy names an origin, in
// its own line (`GET http://discord.com/api HTTP/1.1`) or by the CONNECT that its socket was opened with.
//
// Source: RFC 9112 section 3.2, RFC 9110 section 9.3.6.

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
