/**
 * Access rules: who may use the proxy, and for what. A request is checked here before anything else is done with it.
 *
 * - A request for the proxy itself has a Host that an attacker's DNS cannot hold: an address, a local name, or an
 *   upstream's own. Otherwise a page could reach the proxy by a name of its own that now resolves here (DNS rebinding).
 * - A browser's page of a foreign origin is refused: it would gain the proxy's network access, and the recording.
 * - Only forward mode accepts another origin as target, and only an inspected one.
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
  /** Names by which clients reach the proxy, in addition to local ones. */
  readonly ownNames: readonly string[];
  /** Whether the proxy dials a host. */
  readonly isUpstream: (hostname: string) => boolean;
  /** Hosts that are inspected, in forward mode. */
  readonly intercepted: readonly string[];
  /** Origins of web pages that may use the proxy; `*` matches any part of a host. */
  readonly allowOrigins: readonly string[];
}

/** Decision about one request. */
export type AccessDecision =
  | { readonly type: 'admitted'; readonly destination: Destination }
  | { readonly type: 'refused'; readonly status: 400 | 403 | 414; readonly reason: string };

/** Decides on one request; `tunnels` has the sockets that were opened by CONNECT. */
export function decideAccess(request: IncomingMessage, rules: AccessRules, tunnels: Tunnels): AccessDecision {
  const destination = findDestination(request, tunnels);
  const { host } = request.headers;
  const misframed = findFramingError(request);
  if (misframed !== null) return refused(400, misframed);
  if ((request.url ?? '').length > HTTP_BOUNDS.targetLength)
    return refused(414, `the URL is longer than ${HTTP_BOUNDS.targetLength} characters`);
  if (destination === null) return refused(400, 'the request names no target');
  if (host !== undefined && !isAuthority(host)) return refused(400, 'the Host header is not a host');
  const own = forItself(destination, rules);
  const reason =
    (own === null ? refuseOrigin(destination, rules) : refuseHost(host, destination, rules)) ??
    refusePage(request, own ?? destination, rules);
  return reason === null ? { type: 'admitted', destination: own ?? destination } : refused(403, reason);
}

/** The destination as one for the proxy itself if it names the proxy; null if it names another origin. */
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

/** Reason why the web page that sent a request may not, or null if it may, or if no page sent it. */
function refusePage(request: IncomingMessage, destination: Destination, rules: AccessRules): string | null {
  const { origin, host = '' } = request.headers;
  // A browser can read Discord's own answers anyway; they are not secret here.
  if (origin === undefined) return destination.origin === null ? embedRefusal(request.headers) : null;
  const isSame = isSameOrigin(origin, destination.origin?.host ?? host);
  return isSame ? null : pageRefusal(origin, [...OFFICIAL_ORIGINS, ...rules.allowOrigins]);
}

function refused(status: 400 | 403 | 414, reason: string): AccessDecision {
  return { type: 'refused', status, reason };
}

/**
 * Target of a request. Most requests target the proxy itself; one to a forward proxy names an origin, in its own line
 * (`GET http://discord.com/api HTTP/1.1`) or by the CONNECT that its socket was opened with (RFC 9112 section 3.2, RFC
 * 9110 section 9.3.6).
 */
export interface Destination {
  /** Scheme and authority, `http:` or `https:`; null for the proxy itself. */
  readonly origin: URL | null;
  /** Path and query, byte for byte. */
  readonly target: string;
}

/** Origins of the sockets that were opened by CONNECT. */
export type Tunnels = WeakMap<Socket, URL>;

/** Target of a request, or null if it contradicts itself or cannot be parsed. */
export function findDestination(request: IncomingMessage, tunnels: Tunnels): Destination | null {
  const { url = '/', socket } = request;
  const opened = tunnels.get(socket) ?? null;
  if (url.startsWith('/')) return { origin: opened, target: url };
  // RFC 9112 §3.2.4: a request about the server as a whole.
  if (url === '*') return { origin: opened, target: '/' };
  const named = originNamed(url);
  if (named === null || (opened !== null && opened.host !== named.origin.host)) return null;
  return { origin: opened ?? named.origin, target: named.target };
}

/** Origin and target of a request line with an absolute URL, or null. */
function originNamed(url: string): { readonly origin: URL; readonly target: string } | null {
  const [, scheme = '', authority = '', target = ''] = /^(https?:)\/\/([^/?#]+)(.*)$/is.exec(url) ?? [];
  // User and password are refused: they are deprecated, and can deceive (RFC 9110 section 4.2.4).
  const origin = isAuthority(authority) ? readUrl(`${scheme}//${authority}`) : null;
  if (origin === null) return null;
  return { origin, target: target.startsWith('/') ? target : `/${target}` };
}

/** The origin of a CONNECT's authority (`host:port`), by the protocol spoken there; null for a malformed one. */
export function tunnelOrigin(authority: string, isTls: boolean): URL | null {
  const isWhole = isAuthority(authority) && /:[0-9]+$/.test(authority);
  return isWhole ? readUrl(`${isTls ? 'https' : 'http'}://${authority}`) : null;
}
