/**
 * Options of a proxy, set at start. The caller validates them.
 */
import type { LookupFunction } from 'node:net';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import type { ListenAddress } from '../serving/address.js';
import type { Adopt } from '../serving/http.js';
import type { CertificateFor } from './tls-front.js';

/** Options of a proxy. */
export interface ProxyOptions {
  readonly host: Host;
  readonly tap: Tap;
  readonly listen: ListenAddress;
  /** Makes the proxy listen on a socket of that address which another process has; null or omitted to bind one. */
  readonly adopt?: Adopt | null;
  /** Gateway to relay to, `ws:` or `wss:`. */
  readonly upstream: URL;
  /** API base to pass REST requests to, such as `https://discord.com/api`. */
  readonly api: URL;
  /** True to replace READY's `resume_gateway_url`, so that clients resume through the proxy. */
  readonly isRewriting: boolean;
  /** Limit of a REST call's bodies that are tapped, in bytes on the wire. */
  readonly maxBodyBytes: number;
  /** Host names that may be dialled in addition to the upstream's own. */
  readonly allowHosts: readonly string[];
  /** Certificates to trust in upstreams in addition to the public ones, in PEM. */
  readonly upstreamCa: readonly string[];
  /** Name lookup; the system's by default. */
  readonly lookup?: LookupFunction;
  /** Certificates for clients that speak TLS to the proxy; null for plain HTTP only. */
  readonly tls: CertificateFor | null;
  /** Options of forward mode; null for reverse mode. */
  readonly forward: ForwardOptions | null;
  /** Origins of web pages that may use the proxy, in addition to its own, and to Discord's in forward mode. */
  readonly allowOrigins: readonly string[];
  /** Limit for the upstream's answer to an upgrade; default 10 s, shorter than the timeout of every client. */
  readonly dialTimeoutMs?: number;
  /** Limit for a client's TLS handshake, and then for a request's head; default 30 s each. */
  readonly headTimeoutMs?: number;
}

/** Options of a forward proxy. */
export interface ForwardOptions {
  /** Certificates to show in place of those of gateways and APIs. */
  readonly certificateFor: CertificateFor;
  /** Treatment of CONNECTs to all other hosts. */
  readonly others: 'tunnel' | 'refuse';
}
