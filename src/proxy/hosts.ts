/**
 * Hosts: which upstream a client's path means, and which hosts may be dialled at all.
 *
 * The configured upstream is reached by any path; `/r/HOST[:port][/path]` names another host of the same
 * owner, as the rewritten READY hands it out. Owner means registrable domain (public suffix list), the same
 * IP address or local name, or a host that the user listed. The proxy is no open relay: nothing else is
 * dialled. All state is in the path, so that it survives a restart and every client's URL handling.
 */
import { createRequire } from 'node:module';
import type * as Tldts from 'tldts';
import { isAuthority } from '../serving/visitors.js';
import { readUrl } from '../wire/url.js';

const require = createRequire(import.meta.url);

/** What decides where connections may go. */
export interface HostRules {
  /** Configured gateway; may carry a path, which goes before the client's. */
  readonly upstream: URL;
  /** Further host names that may be dialled, without port. */
  readonly allowHosts: readonly string[];
}

const TLS_PORT = '443';
const PLAIN_PORT = '80';

/**
 * URL to dial for a request target (path and query as the client sent them), or null when it names a host
 * that may not be dialled. The client's path and query are kept to the letter.
 */
export function chooseUpstream(requestTarget: string, rules: HostRules): string | null {
  const named = /^\/r\/([^/?]*)(.*)$/s.exec(requestTarget);
  if (named === null)
    return formatOrigin(rules.upstream) + withoutSlash(rules.upstream.pathname) + requestTarget;
  const [, authority = '', rest = ''] = named;
  const url = isAuthority(authority)
    ? readUrl(`${chooseScheme(authority, rules.upstream)}//${authority}`)
    : null;
  if (url === null || !mayDial(url.hostname, rules)) return null;
  return formatOrigin(url) + (rest.startsWith('/') ? rest : `/${rest}`);
}

/**
 * URL by which a client reaches `gatewayUrl` through the proxy at `proxyUrl` (such as `ws://127.0.0.1:7331`),
 * or null when that host may not be dialled, or the URL says something that a path cannot.
 */
export function throughProxy(gatewayUrl: string, proxyUrl: string, rules: HostRules): string | null {
  const url = readUrl(gatewayUrl);
  if (url === null || !isPlainGatewayUrl(url) || !mayDial(url.hostname, rules)) return null;
  const authority =
    url.protocol === rules.upstream.protocol || url.port !== ''
      ? url.host
      : `${url.host}:${url.protocol === 'wss:' ? TLS_PORT : PLAIN_PORT}`;
  if (!isAuthority(authority) || chooseScheme(authority, rules.upstream) !== url.protocol) return null;
  return `${proxyUrl}/r/${authority}${withoutSlash(url.pathname)}`;
}

/** True for a WebSocket URL of host, port and path only. */
function isPlainGatewayUrl(url: URL): boolean {
  const isWebSocket = url.protocol === 'ws:' || url.protocol === 'wss:';
  return isWebSocket && url.search === '' && url.username === '' && url.password === '';
}

/** The upstream's scheme, unless the port is one that belongs to the other. */
function chooseScheme(authority: string, upstream: URL): string {
  const port = /:([0-9]+)$/.exec(authority)?.[1];
  if (port === TLS_PORT) return 'wss:';
  return port === PLAIN_PORT ? 'ws:' : upstream.protocol;
}

/** Whether a host, as a URL has it, is the upstream's own, or listed. */
export function mayDial(hostname: string, rules: HostRules): boolean {
  const ours = rules.upstream.hostname;
  if (hostname === ours || rules.allowHosts.some((allowed) => allowed.toLowerCase() === hostname))
    return true;
  const domain = findDomain(hostname);
  return domain !== null && domain === findDomain(ours);
}

/** Registrable domain, or null; the list of public suffixes is loaded when it is first needed, not at the start. */
function findDomain(hostname: string): string | null {
  const { getDomain } = require('tldts') as typeof Tldts;
  return getDomain(hostname, { allowPrivateDomains: true });
}

function formatOrigin(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

function withoutSlash(pathname: string): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}
