/**
 * Interception: the certificates that a recording shows to its clients, from files or from the local authority.
 *
 * Errors in them are reported before anything listens. The authority's code is loaded only if it is used.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { AuthorityOptions, CertificateAuthority } from '../ca/certificate-authority.js';
import type { TrustRecipe } from '../ca/trust.js';
import type { Config } from '../config/schema.js';
import { UsageError } from '../errors.js';
import { readUserFile } from '../files.js';
import { interceptedHosts } from '../proxy/hosts.js';
import type { ForwardOptions } from '../proxy/options.js';
import type { CertificateFor } from '../proxy/tls-front.js';

/** The proxy options that concern its clients' TLS. */
export interface Interception {
  readonly tls: CertificateFor | null;
  readonly forward: ForwardOptions | null;
}

/** Settings that determine them. */
export type InterceptionSettings = Pick<
  Config,
  'mode' | 'others' | 'tls' | 'tlsCert' | 'tlsKey' | 'caDir' | 'listen' | 'upstream' | 'api' | 'allowHosts'
>;

const OWN_HOSTS = ['localhost', '127.0.0.1', '::1'] as const;
const ANY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

/** Certificates for a run with these settings. Throws a UsageError if they cannot be used. */
export async function openInterception(settings: InterceptionSettings): Promise<Interception> {
  const { mode, others, tls } = settings;
  const fromFiles = readCertificateFiles(settings);
  const isSigning = mode === 'forward' || (tls && fromFiles === null);
  const signed = isSigning ? issueCertificates(await openAuthority(settings), ownHosts(settings)) : null;
  return {
    tls: fromFiles ?? (tls ? signed : null),
    forward: mode === 'forward' && signed !== null ? { certificateFor: signed, others } : null,
  };
}

/** The local certificate authority, created if missing. Clients must trust a renewed one again. */
export async function openAuthority(
  settings: InterceptionSettings,
  isRenewed = false,
): Promise<CertificateAuthority> {
  const { CertificateAuthority } = await import('../ca/certificate-authority.js');
  return CertificateAuthority.open(await authorityOptions(settings, isRenewed));
}

/** The local authority as clients see it. */
export interface AuthorityReport {
  /** Path of its certificate, in PEM. */
  readonly path: string;
  readonly certificate: X509Certificate;
  /** The certificate in PEM. */
  readonly pem: string;
  /** SHA-256 of its public key, in base64, as Chromium takes it. */
  readonly spki: string;
  /** Names that it may sign, with all below them. */
  readonly permitted: readonly string[];
  /** Ways to trust it for one process. */
  readonly recipes: readonly TrustRecipe[];
  /** Why it does not fit the settings, or null. */
  readonly flaw: string | null;
}

/** The unchanged local authority, created if missing. */
export async function inspectAuthority(settings: InterceptionSettings): Promise<AuthorityReport> {
  const [{ CertificateAuthority, RENEW }, { listTrustRecipes, spkiFingerprint }] = await Promise.all([
    import('../ca/certificate-authority.js'),
    import('../ca/trust.js'),
  ]);
  const options = await authorityOptions(settings, false);
  const authority = CertificateAuthority.find(options);
  const flaw = authority.findFlaw(options.hosts);
  const { path, permitted, cert: pem } = authority;
  const certificate = new X509Certificate(pem);
  const spki = spkiFingerprint(certificate);
  return {
    path,
    certificate,
    pem,
    spki,
    permitted,
    recipes: listTrustRecipes({ path, spki }),
    flaw: flaw === null ? null : `${flaw}: ${RENEW}`,
  };
}

async function authorityOptions(
  settings: InterceptionSettings,
  isRenewed: boolean,
): Promise<AuthorityOptions> {
  const { defaultFolder } = await import('../ca/folder.js');
  const { upstream, api, allowHosts } = settings;
  const looked = interceptedHosts({ upstream: new URL(upstream), api: new URL(api), allowHosts });
  return {
    folder: settings.caDir ?? defaultFolder(process.env),
    hosts: [...looked, ...ownHosts(settings)],
    isRenewed,
    nowMs: () => Date.now(),
  };
}

/** Names by which clients reach the proxy itself. */
function ownHosts({ listen }: InterceptionSettings): readonly string[] {
  return [...new Set([...OWN_HOSTS, ...(ANY_ADDRESS.includes(listen.host) ? [] : [listen.host])])];
}

function issueCertificates(authority: CertificateAuthority, own: readonly string[]): CertificateFor {
  return (host) =>
    authority.issueLeaf(host === null || own.includes(host) || !authority.permits(host) ? own : [host]);
}

/** The certificate of `tlsCert` and `tlsKey`, for any requested name, or null if none is given. */
function readCertificateFiles({ tlsCert, tlsKey }: InterceptionSettings): CertificateFor | null {
  if (tlsCert === null && tlsKey === null) return null;
  if (tlsCert === null || tlsKey === null) {
    throw new UsageError(
      'a certificate and its key belong together',
      'give both --tls-cert and --tls-key, or --tls',
    );
  }
  const shown = { cert: readUserFile(tlsCert), key: readUserFile(tlsKey) };
  try {
    createSecureContext(shown);
  } catch (cause) {
    const what = `${tlsCert} and ${tlsKey} are not a certificate with its key`;
    throw new UsageError(what, 'both are PEM, the key without a passphrase', { cause });
  }
  return () => shown;
}
