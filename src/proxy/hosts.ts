/**
 * Hosts: the upstream that a client's path names, and the hosts that the proxy may dial.
 *
 * The configured upstream is reached by any path; `/r/HOST[:port][/path]` names another host of the same
 * owner, as the rewritten READY hands it out. Owner means registrable domain (public suffix list), the same
 * IP address or local name, or a host that the user listed. The proxy is not an open relay: nothing else is
 * dialled. All state is in the path, so that it survives a restart and every client's URL handling.
 */
import { createRequire } from 'node:module';
import type * as Tldts from 'tldts';
import { isAuthority } from '../serving/visitors.js';
import { readUrl } from '../wire/url.js';

const require = createRequire(import.meta.url);

/** Rules for the hosts that connections may go to. */
export interface HostRules {
  /** Configured gateway; may carry a path, which goes before the client's. */
  readonly upstream: URL;
  /** Further host names that may be dialled, without port. */
  readonly allowHosts: readonly string[];
}

const TLS_PORT = '443';
const PLAIN_PORT = '80';

/**
 * URL to dial for a request target (path and query as the client sent them). Returns null if it names a host that
 * may not be dialled. The client's path and query are kept byte for byte.
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
 * URL by which a client reaches `gatewayUrl` through the proxy at `proxyUrl` (such as `ws://127.0.0.1:7331`).
 * Returns null if that host may not be dialled, or if the URL has parts that a path cannot hold.
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

/** The upstream's scheme, unless the port is the default port of the other scheme. */
function chooseScheme(authority: string, upstream: URL): string {
  const port = /:([0-9]+)$/.exec(authority)?.[1];
  if (port === TLS_PORT) return 'wss:';
  return port === PLAIN_PORT ? 'ws:' : upstream.protocol;
}

/** Whether a host, as written in a URL, is the upstream's own or a listed one. */
export function mayDial(hostname: string, rules: HostRules): boolean {
  const ours = rules.upstream.hostname;
  if (hostname === ours || rules.allowHosts.some((allowed) => allowed.toLowerCase() === hostname))
    return true;
  const domain = findDomain(hostname);
  return domain !== null && domain === findDomain(ours);
}

/** Registrable domain, or null. The public suffix list is loaded on first use, not at start. */
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

const DISCORD_GATEWAYS = ['gateway.discord.gg', 'gateway-*.discord.gg'] as const;
const DISCORD_APIS = ['discord.com', 'ptb.discord.com', 'canary.discord.com'] as const;

/** Settings that decide which hosts are inspected. */
export interface InterceptRules {
  readonly upstream: URL;
  readonly api: URL;
  readonly allowHosts: readonly string[];
}

/**
 * Hosts that a forward proxy inspects, as names or patterns, without duplicates: the configured upstream and API, the
 * hosts that the user listed, and, if those belong to Discord, the other Discord hosts that clients use. All other
 * requests of its clients pass uninspected. `*` matches part of one label.
 *
 * Source: the hosts that READY names; Discord Docs/Reference.
 */
export function interceptedHosts({ upstream, api, allowHosts }: InterceptRules): readonly string[] {
  const [gateway, rest] = [upstream, api].map(({ hostname }) => withoutBrackets(hostname));
  const hosts = [gateway ?? '', rest ?? '', ...allowHosts.map((host) => host.toLowerCase())];
  if (hosts.some((host) => host.endsWith('.discord.gg'))) hosts.push(...DISCORD_GATEWAYS);
  if (DISCORD_APIS.some((host) => hosts.includes(host))) hosts.push(...DISCORD_APIS);
  return [...new Set(hosts)];
}

/** Whether a host, as written in a URL, is one of `hosts`. */
export function isIntercepted(hostname: string, hosts: readonly string[]): boolean {
  const host = withoutBrackets(hostname.toLowerCase());
  return hosts.some((pattern) => matches(host, pattern));
}

/** An IPv6 address as sockets and certificates write it. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function matches(host: string, pattern: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return host === pattern;
  const middle = host.slice(before.length, host.length - after.length);
  return (
    host.length > pattern.length - 1 &&
    host.startsWith(before) &&
    host.endsWith(after) &&
    /^[a-z0-9-]+$/.test(middle)
  );
}
