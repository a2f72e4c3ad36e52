/**
 * Hosts that a forward proxy looks into: gateways and APIs. Whatever else its clients ask for is not its business.
 *
 * The configured upstream and API, the hosts that the user listed, and, where those are Discord's, the family that
 * its clients move between. `*` stands for part of one label. Source: PROTOCOL.md section 2 (hosts of READY), Discord
 * Docs/Reference.
 */

const DISCORD_GATEWAYS = ['gateway.discord.gg', 'gateway-*.discord.gg'] as const;
const DISCORD_APIS = ['discord.com', 'ptb.discord.com', 'canary.discord.com'] as const;

/** What decides about it. */
export interface InterceptRules {
  readonly upstream: URL;
  readonly api: URL;
  readonly allowHosts: readonly string[];
}

/** Hosts to look into, as names or patterns, each once. */
export function interceptedHosts({ upstream, api, allowHosts }: InterceptRules): readonly string[] {
  const [gateway, rest] = [upstream, api].map(({ hostname }) => withoutBrackets(hostname));
  const hosts = [gateway ?? '', rest ?? '', ...allowHosts.map((host) => host.toLowerCase())];
  if (hosts.some((host) => host.endsWith('.discord.gg'))) hosts.push(...DISCORD_GATEWAYS);
  if (DISCORD_APIS.some((host) => hosts.includes(host))) hosts.push(...DISCORD_APIS);
  return [...new Set(hosts)];
}

/** Whether a host, as a URL has it, is one of `hosts`. */
export function isIntercepted(hostname: string, hosts: readonly string[]): boolean {
  const host = withoutBrackets(hostname.toLowerCase());
  return hosts.some((pattern) => matches(host, pattern));
}

/** An IPv6 address as sockets and certificates have it. */
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
