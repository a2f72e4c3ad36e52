/**
 * Name lookup that keeps public names from leading inward, checked where a socket asks for its address: what
 * the name meant a moment ago does not help an attacker (DNS rebinding).
 */
import type { LookupFunction } from 'node:net';
import { isInward, isLocalHost } from '../serving/addresses.js';

/** A public name that leads to an inward address; `code` is what errors of sockets have. */
export class InwardAddressError extends Error {
  readonly code = 'EINWARD';

  constructor(hostname: string, address: string) {
    super(`${hostname} leads to the inward address ${address}`);
  }
}

/**
 * A lookup that refuses inward addresses, all of an answer that holds one. Local names may be local, and so may
 * `exempt` hosts, which the user has named.
 */
export function outwardLookup(lookup: LookupFunction, exempt: readonly string[]): LookupFunction {
  const names = new Set(exempt.map((name) => name.toLowerCase()));
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      if (error !== null) {
        callback(error, found, family);
        return;
      }
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      const inward = addresses.find(isInward);
      const isFree = isLocalHost(hostname) || names.has(hostname.toLowerCase());
      if (inward === undefined || isFree) callback(null, found, family);
      else callback(new InwardAddressError(hostname, inward), []);
    });
  };
}
