/**
 * Options of a proxy: what it is told when it starts, checked by whoever starts it.
 */
import type { LookupFunction } from 'node:net';
import type { Tap } from '../capture/tap.js';
import type { Host } from '../host.js';
import type { ListenAddress } from '../serving/address.js';
import type { CertificateFor } from './tls-front.js';

/** What a proxy is told. */
export interface ProxyOptions {
  readonly host: Host;
  readonly tap: Tap;
  readonly listen: ListenAddress;
  /** Gateway to relay to, `ws:` or `wss:`. */
  readonly upstream: URL;
  /** API base to pass REST requests to, such as `https://discord.com/api`. */
  readonly api: URL;
  /** True to replace READY's `resume_gateway_url`, so that clients resume through the proxy. */
  readonly isRewriting: boolean;
  /** How much of a REST call's bodies is tapped, in bytes on the wire. */
  readonly maxBodyBytes: number;
  /** Host names that may be dialled besides the upstream's own. */
  readonly allowHosts: readonly string[];
  /** Certificates to trust in upstreams besides the public ones, in PEM. */
  readonly upstreamCa: readonly string[];
  /** Name lookup; the system's by default. */
  readonly lookup?: LookupFunction;
  /** Certificates for clients that speak TLS to the proxy itself; null for a proxy that speaks plain HTTP only. */
  readonly tls: CertificateFor | null;
  /** What makes it a forward proxy, which changes nothing of what others are asked for; null for reverse mode. */
  readonly forward: ForwardOptions | null;
  /** Origins of web pages that may use the proxy, besides its own, and Discord's in forward mode. */
  readonly allowOrigins: readonly string[];
  /** How long the upstream may take to answer an upgrade; default 10 s, within every client's patience. */
  readonly dialTimeoutMs?: number;
  /** How long a client may take for its TLS handshake, and then for a request's head; default 30 s each. */
  readonly headTimeoutMs?: number;
}

/** What a forward proxy is told. */
export interface ForwardOptions {
  /** Certificates to show in the place of gateways and APIs. */
  readonly certificateFor: CertificateFor;
  /** What becomes of CONNECTs to all other hosts. */
  readonly others: 'tunnel' | 'refuse';
}
