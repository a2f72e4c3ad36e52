/**
 * Private addresses and names: those of this machine, its networks, and its provider.
 *
 * A public name that resolves to one of them is a mistake or an attack (DNS rebinding). An attacker cannot own a name
 * that the public DNS cannot hold. Source: IANA special-purpose address registries (RFC 6890), RFC 6761,
 * RFC 6052 and RFC 3056 for IPv4 inside of IPv6.
 */
import { BlockList, isIP } from 'node:net';
import { readUrl } from '../wire/url.js';

const INWARD_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where cloud providers keep their metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];
// Addresses other than global unicast, and within those the ranges with a special meaning.
const OUTWARD_IPV6 = ['2000::', 3] as const;
const INWARD_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3fff::', 20], // documentation
];
const NAT64 = ['64:ff9b::', 96] as const;
// RFC 6761, and `internal`, which ICANN has reserved: the public DNS has no names below them.
const LOCAL_DOMAINS: ReadonlySet<string> = new Set(['localhost', 'internal', 'test', 'example', 'invalid']);

const inwardIpv4 = toBlockList(INWARD_IPV4, 'ipv4');
const inwardIpv6 = toBlockList(INWARD_IPV6, 'ipv6');
const outwardIpv6 = toBlockList([OUTWARD_IPV6], 'ipv6');
const nat64 = toBlockList([NAT64], 'ipv6');

/** Whether an IP address (without brackets) is outside the public internet. */
export function isInward(address: string): boolean {
  const [bare = ''] = address.split('%');
  if (isIP(bare) === 4) return inwardIpv4.check(bare, 'ipv4');
  const ipv4 = ipv4Inside(bare);
  if (ipv4 !== null) return isInward(ipv4);
  return !outwardIpv6.check(bare, 'ipv6') || inwardIpv6.check(bare, 'ipv6');
}

/** Whether a host is local by its name alone: a private address, or a name that the public DNS cannot hold. */
export function isLocalHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(bare) !== 0) return isInward(bare);
  const labels = bare.split('.');
  return labels.length === 1 || LOCAL_DOMAINS.has(labels.at(-1) ?? '');
}

/** Whether a host to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}

/** The IPv4 address inside an IPv6 address (IPv4-mapped, NAT64), or null. */
function ipv4Inside(address: string): string | null {
  const { hostname = '' } = readUrl(`http://[${address}]`) ?? {};
  const isMapped = hostname.startsWith('[::ffff:');
  if (!isMapped && !nat64.check(address, 'ipv6')) return null;
  // The URL parser writes it in full hexadecimal groups: the last two are the address.
  const groups = hostname.slice(1, -1).split(':').slice(-2);
  const bytes = groups.flatMap((group) => [
    parseInt(group || '0', 16) >> 8,
    parseInt(group || '0', 16) & 0xff,
  ]);
  return bytes.join('.');
}

function toBlockList(subnets: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}
