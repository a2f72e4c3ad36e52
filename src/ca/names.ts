/**
 * Names that a certificate authority may sign, as its certificate says it (RFC 5280 section 4.2.1.10).
 *
 * `discord.gg` stands for itself and every name below it, `127.0.0.0/8` for addresses. A host outside of these
 * gets no certificate from us, and clients would not believe it.
 */
import { BlockList, isIP } from 'node:net';

/** This machine, as clients on it call it. */
const OWN_NAMES = ['localhost', '127.0.0.0/8', '::1/128'] as const;

/** Names to permit so that every one of `hosts` (names or addresses), and this machine itself, can be signed. */
export function listPermittedNames(hosts: readonly string[]): readonly string[] {
  // `gateway-*.discord.gg` is some of what is below `discord.gg`.
  const names = hosts.map((host) => toSubtree(host.toLowerCase().replace(/^[^.]*\*[^.]*\./, '')));
  return [...new Set([...OWN_NAMES, ...names])].filter(
    (name, _, all) => !all.some((other) => other !== name && covers(other, name)),
  );
}

/** Whether one of the permitted names covers `host`, a name or an address without brackets. */
export function isPermitted(host: string, permitted: readonly string[]): boolean {
  const name = toSubtree(host.toLowerCase());
  return permitted.some((subtree) => covers(subtree, name));
}

function toSubtree(host: string): string {
  const version = isIP(host);
  return version === 0 ? host : `${host}/${version === 4 ? 32 : 128}`;
}

/** Whether what `name` stands for is part of what `subtree` stands for. */
function covers(subtree: string, name: string): boolean {
  if (!subtree.includes('/')) return name === subtree || name.endsWith(`.${subtree}`);
  const [network = '', prefix] = subtree.split('/');
  const [address = '', length] = name.split('/');
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(address) !== isIP(network) || Number(length) < Number(prefix)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(address, family);
}
