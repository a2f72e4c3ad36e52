/**
 * Visitors: the host names and web pages that a server on this machine accepts; the same for proxy and mock.
 *
 * A `Host` is an address, a local name, or one that the user gave. Otherwise a page could reach the server by a name of
 * its own that now resolves here (DNS rebinding). A page of a foreign origin is refused.
 * Source: RFC 9110 section 7.2, RFC 6454, RFC 6455 section 10.2, Fetch Metadata Request Headers (W3C).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { readUrl } from '../wire/url.js';
import { isLocalHost } from './addresses.js';
import { pageRefusal } from './pages.js';

// A host name, an IPv4 address or a bracketed IPv6 address, with an optional port: no userinfo, no escapes.
const AUTHORITY = /^(?:(?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;
const FOREIGN_SITES: ReadonlySet<string> = new Set(['cross-site', 'same-site']);

/** True for the `Host` of a well-behaved client: a name or address, and a port. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text) && readUrl(`http://${text}`) !== null;
}

/** Whether the host of a URL is an address, which DNS cannot change, or a name that the public DNS cannot hold. */
export function isOwnHost(hostname: string): boolean {
  return hostname.startsWith('[') || /^[0-9.]+$/.test(hostname) || isLocalHost(hostname);
}

/** Reason to refuse a page that embeds an answer without sending its origin; null if no page of another site does. */
export function embedRefusal(headers: IncomingHttpHeaders): string | null {
  return headers.origin === undefined && FOREIGN_SITES.has(String(headers['sec-fetch-site']))
    ? 'a web page of a foreign origin asks: --allow-origin ORIGIN permits one'
    : null;
}

/** Whether the requesting page is one of the server's own. */
export function isSameOrigin(origin: string, host: string): boolean {
  return readUrl(origin)?.host === host;
}

/** Refusal of one request. */
export interface VisitorRefusal {
  readonly status: 400 | 403;
  readonly reason: string;
}

/** Reason why a server known by local names and `ownNames` only refuses a request, or null. */
export function visitorRefusal(
  headers: IncomingHttpHeaders,
  ownNames: readonly string[],
  pages: readonly string[],
): VisitorRefusal | null {
  const { host, origin } = headers;
  if (host !== undefined) {
    const hostname = isAuthority(host) ? readUrl(`http://${host}`)?.hostname : undefined;
    if (hostname === undefined) return { status: 400, reason: 'the Host header is not a host' };
    if (!isOwnHost(hostname) && !ownNames.includes(hostname))
      return { status: 403, reason: `the Host header names ${hostname}, which is not this server` };
  }
  const isSame = origin !== undefined && isSameOrigin(origin, host ?? '');
  const reason = embedRefusal(headers) ?? (isSame ? null : pageRefusal(origin, pages));
  return reason === null ? null : { status: 403, reason };
}
