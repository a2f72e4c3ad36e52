/**
 * Dialling: options of every socket to an upstream, for the gateway and the API alike, and the text of a dial error.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { isInward, isLocalHost } from '../serving/addresses.js';

/** Options of every socket to an upstream, as Node names them. */
export interface SocketOptions {
  readonly lookup: LookupFunction;
  /** Missing if the certificates that Node trusts by default are enough. */
  readonly secureContext?: SecureContext;
}

/** Settings for reaching upstreams. */
export interface SocketSettings {
  /** Hosts that may resolve to private addresses although their names are public. */
  readonly allowHosts: readonly string[];
  /** Certificates to trust in addition to the public ones, in PEM. */
  readonly upstreamCa: readonly string[];
  /** Name lookup; the system's unless a test passes its own. */
  readonly lookup?: LookupFunction | undefined;
}

/** Options of the sockets to a proxy's upstreams. */
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

/**
 * A public name that resolves to a private address. A name is checked at the moment when a socket asks for its
 * address, so that a changed DNS answer does not help an attacker (DNS rebinding). `code` is the property that socket
 * errors have.
 */
export class InwardAddressError extends Error {
  readonly code = 'EINWARD';

  constructor(hostname: string, address: string) {
    super(`${hostname} leads to the inward address ${address}`);
  }
}

/**
 * A lookup that refuses a whole answer if it holds a private address. Local names may be local. So may `exempt` hosts,
 * which the user has named.
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

/** A socket error, with the fields that Node adds for TLS. */
interface SocketError extends Error {
  readonly code?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

const UNKNOWN_ISSUER = 'shows a certificate of an unknown issuer';
const TRUST_IT = '; --upstream-ca FILE trusts a private one';

const CERTIFICATE_ERRORS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet (is the clock right?)',
  CERT_REVOKED: 'shows a certificate that was revoked',
  CERT_SIGNATURE_FAILURE: 'shows a certificate with a wrong signature',
  DEPTH_ZERO_SELF_SIGNED_CERT: `shows a self-signed certificate${TRUST_IT}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER + TRUST_IT,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER + TRUST_IT,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER + TRUST_IT,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER + TRUST_IT,
  INVALID_PURPOSE: 'shows a certificate that is not meant for servers',
};
const MAX_NAMES = 120;

/**
 * Why an upstream could not be reached, in words that follow its name, such as `cannot be reached (ECONNREFUSED)`: one
 * line for the log and the client. Source: nodejs.org/api/tls.html, "X509 certificate error codes".
 */
export function describeDialError(error: SocketError): string {
  const { code = '', message } = error;
  if (code === 'EINWARD') return `is not dialled: ${message}; --allow-host NAME permits it`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `shows a certificate for other names: ${printable(error.cert?.subjectaltname ?? 'none')} (${code})`;
  }
  // OpenSSL's text for an answer that is not a TLS record; the code differs between versions of Node.
  if (message.includes('wrong version number')) return `does not speak TLS on that port (${code})`;
  // Errors of OpenSSL without a code in Node, such as a name that the issuer may not sign.
  if (code === 'UNSPECIFIED') return `shows a certificate with a fault (${message})`;
  // Codes of the HTTP parser.
  if (code.startsWith('HPE_')) return `answers with what is not HTTP (${code})`;
  const fault = CERTIFICATE_ERRORS[code];
  if (fault !== undefined) return `${fault} (${code})`;
  return `cannot be reached (${code === '' ? message : code})`;
}

/** Names from a peer's certificate as one line of limited length. */
function printable(names: string): string {
  const line = names.replace(/[^\x20-\x7e]/g, '?');
  return line.length > MAX_NAMES ? `${line.slice(0, MAX_NAMES)}…` : line;
}
