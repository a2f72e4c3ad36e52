/**
 * Certificate authority of this user on this machine: made on first use, kept in a folder, and valid only for the hosts
 * that it was made for.
 *
 * Leaves are made on demand, are valid for days, and are kept in memory only.
 */
import { X509Certificate } from 'node:crypto';
import { UsageError } from '../errors.js';
import { createLeaf, createRoot, type Credentials, readPermittedNames } from './certificate.js';
import { certificatePath, readRoot, removeRoot, writeRoot } from './folder.js';
import { BlockList, isIP } from 'node:net';

/** A certificate followed by the authority's, and its key, in PEM. */
export interface LeafCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Folder of an authority, and the hosts that it must sign. */
export interface AuthorityOptions {
  readonly folder: string;
  /** Hosts that it must sign: names, or addresses without brackets. */
  readonly hosts: readonly string[];
  /** True to replace the existing one. */
  readonly isRenewed?: boolean;
  /** Current time in ms since the Unix epoch. */
  readonly nowMs: () => number;
}

const NAME = 'gatetape local authority';
const DAY_MS = 86_400_000;
const ROOT_DAYS = 365;
const LEAF_DAYS = 7;
// Clocks of containers and virtual machines can be slow.
const SLACK_MS = DAY_MS / 2;
// A client never asks for more names than this at a time.
const MAX_LEAVES = 256;

interface Leaf extends LeafCertificate {
  readonly untilMs: number;
}

/** A certificate authority that is ready to sign. */
export class CertificateAuthority {
  /** Its certificate in PEM, for clients that must trust it. */
  readonly cert: string;
  /** Path of that certificate. */
  readonly path: string;
  /** Names that it may sign; each includes those below it. */
  readonly permitted: readonly string[];
  readonly #root: Credentials;
  readonly #nowMs: () => number;
  readonly #leaves = new Map<string, Leaf>();

  private constructor(root: Credentials, { folder, nowMs }: AuthorityOptions) {
    this.#root = root;
    this.#nowMs = nowMs;
    this.cert = root.cert;
    this.path = certificatePath(folder);
    this.permitted = readPermittedNames(root.cert);
  }

  /** The authority of a folder, created if missing. Throws a UsageError if it is unusable. */
  static open(options: AuthorityOptions): CertificateAuthority {
    const authority = CertificateAuthority.find(options);
    const flaw = authority.findFlaw(options.hosts);
    if (flaw !== null) throw new UsageError(flaw, RENEW);
    return authority;
  }

  /** The authority of a folder, created if missing; any age, any permitted names. */
  static find(options: AuthorityOptions): CertificateAuthority {
    const { folder, hosts, isRenewed = false, nowMs } = options;
    if (isRenewed) removeRoot(folder);
    const root = readRoot(folder) ?? writeRoot(folder, newRoot(hosts, nowMs()));
    return new CertificateAuthority(root, options);
  }

  /** Whether it may sign a host. */
  permits(host: string): boolean {
    return isPermitted(host, this.permitted);
  }

  /** A certificate for `hosts`; the same one until half of its validity is over. */
  issueLeaf(hosts: readonly string[]): LeafCertificate {
    const nowMs = this.#nowMs();
    const id = hosts.join(' ');
    const kept = this.#leaves.get(id);
    if (kept !== undefined && kept.untilMs - nowMs > (LEAF_DAYS * DAY_MS) / 2) return kept;
    if (this.#leaves.size >= MAX_LEAVES) this.#leaves.clear();
    const untilMs = nowMs + LEAF_DAYS * DAY_MS;
    const { cert, key } = createLeaf(this.#root, hosts, {
      from: new Date(nowMs - SLACK_MS),
      until: new Date(untilMs),
    });
    // The authority's own certificate is included for clients that trust its key, such as Chromium.
    const leaf = {
      cert: cert + this.cert,
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      untilMs,
    };
    this.#leaves.set(id, leaf);
    return leaf;
  }

  /** Reason why it cannot sign `hosts`, or null. */
  findFlaw(hosts: readonly string[]): string | null {
    const until = new Date(new X509Certificate(this.cert).validTo);
    if (until.getTime() - this.#nowMs() < LEAF_DAYS * DAY_MS) {
      const day = until.toISOString().slice(0, 10);
      return `the certificate authority in ${this.path} is good until ${day} only`;
    }
    const stranger = hosts.find((host) => !this.permits(host));
    return stranger === undefined
      ? null
      : `the certificate authority in ${this.path} may not sign ${stranger}`;
  }
}

/** Hint for an authority with a flaw. */
export const RENEW =
  'gatetape ca --renew, with the same settings, creates one that may; clients then have to trust it';

function newRoot(hosts: readonly string[], nowMs: number): Credentials {
  const lifetime = { from: new Date(nowMs - SLACK_MS), until: new Date(nowMs + ROOT_DAYS * DAY_MS) };
  return createRoot(NAME, listPermittedNames(hosts), lifetime);
}

/** This machine, under the names that local clients use. */
const OWN_NAMES = ['localhost', '127.0.0.0/8', '::1/128'] as const;

/**
 * Names to permit in a certificate authority (RFC 5280 section 4.2.1.10), so that every one of `hosts` (names or
 * addresses) and this machine itself can be signed. `discord.gg` includes every name below it, `127.0.0.0/8` all its
 * addresses. A host outside of these gets no certificate, and clients would not accept one.
 */
export function listPermittedNames(hosts: readonly string[]): readonly string[] {
  // `gateway-*.discord.gg` is a subset of the names below `discord.gg`.
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

/** Whether the names that `name` includes are part of those of `subtree`. */
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
