/**
 * Reach: how upstreams are found and believed, the same for the gateway and the API.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { outwardLookup } from './lookup.js';

/** What every socket to an upstream is opened with, as Node spells it. */
export interface SocketOptions {
  readonly lookup: LookupFunction;
  /** Missing where the certificates that Node trusts by itself will do. */
  readonly secureContext?: SecureContext;
}

/** What decides about it. */
export interface SocketSettings {
  /** Hosts that may lead inward although their names are public. */
  readonly allowHosts: readonly string[];
  /** Certificates to trust besides the public ones, in PEM. */
  readonly upstreamCa: readonly string[];
  /** Name lookup; the system's unless a test brings its own. */
  readonly lookup?: LookupFunction | undefined;
}

/** The reach that a proxy's upstreams share. */
export function createSocketOptions({
  allowHosts,
  upstreamCa,
  lookup = systemLookup,
}: SocketSettings): SocketOptions {
  return {
    lookup: outwardLookup(lookup, allowHosts),
    ...(upstreamCa.length === 0
      ? {}
      : { secureContext: createSecureContext({ ca: [...rootCertificates, ...upstreamCa] }) }),
  };
}
