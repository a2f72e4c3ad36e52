/** Certificates, judged by OpenSSL and by Node. */
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLeaf, createRoot, type Lifetime, readPermittedNames } from '../../src/ca/certificate.js';
import { listPermittedNames } from '../../src/ca/certificate-authority.js';
import { scratchFile } from '../support/scratch.js';

const DAY_MS = 86_400_000;
const lifetime: Lifetime = { from: new Date(Date.now() - DAY_MS), until: new Date(Date.now() + DAY_MS) };
const permitted = listPermittedNames(['discord.gg', 'Gateway.Example.org', '10.1.2.3', 'fd00::7']);
const root = createRoot('gatetape test', permitted, lifetime);

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('skipped: what openssl says of our certificates; it is not installed');

/** What `openssl verify` says of a leaf for these hosts. */
function verify(hosts: readonly string[]): string {
  const [rootFile, leafFile] = [scratchFile('root.pem'), scratchFile('leaf.pem')];
  writeFileSync(rootFile, root.cert);
  writeFileSync(leafFile, createLeaf(root, hosts, lifetime).cert);
  const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', rootFile, leafFile], {
    encoding: 'utf8',
  });
  return (stdout + stderr).replaceAll(leafFile, 'leaf');
}

describe.skipIf(!hasOpenssl)('openssl verify -x509_strict', () => {
  it.each([
    [['gateway.discord.gg']],
    [['discord.gg', 'gateway-us-east1-b.discord.gg', 'localhost', '127.0.0.1', '::1']],
    [['127.99.0.1', 'gateway.example.org', '10.1.2.3', 'fd00::7']],
    [[`${'a'.repeat(60)}.${'b'.repeat(60)}.discord.gg`]],
  ])('accepts a leaf for %j', (hosts) => {
    expect(verify(hosts)).toBe('leaf: OK\n');
  });

  it.each([['example.org'], ['evildiscord.gg'], ['discord.gg.example'], ['10.1.2.4'], ['fd00::8'], ['::2']])(
    'rejects a leaf for %s, which the root may not sign',
    (host) => {
      expect(verify(['gateway.discord.gg', host])).toContain('permitted subtree violation');
    },
  );

  it('reads P-256 keys, a critical list of names, and usages', () => {
    const text = (cert: string): string =>
      execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' });
    expect(text(root.cert)).toMatch(
      /ASN1 OID: prime256v1[\s\S]*CA:TRUE, pathlen:0[\s\S]*Name Constraints: critical/,
    );
    expect(text(createLeaf(root, ['discord.gg'], lifetime).cert)).toMatch(
      /CA:FALSE[\s\S]*Digital Signature[\s\S]*TLS Web Server Authentication[\s\S]*DNS:discord.gg/,
    );
  });
});

describe('a root', () => {
  it('lists the names that it may sign', () => {
    expect(readPermittedNames(root.cert)).toEqual(permitted);
  });

  it('is signed by itself, and has a serial number of its own', () => {
    const certificate = new X509Certificate(root.cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=gatetape test');
    const again = new X509Certificate(createRoot('gatetape test', permitted, lifetime).cert);
    expect(again.serialNumber).not.toBe(certificate.serialNumber);
  });
});

describe('a leaf', () => {
  const certificate = new X509Certificate(createLeaf(root, ['gateway.discord.gg', '::1'], lifetime).cert);

  it('is valid for its hosts and for the given time', () => {
    expect(certificate.checkHost('gateway.discord.gg')).toBe('gateway.discord.gg');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('discord.gg')).toBeUndefined();
    const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
    expect(seconds(new Date(certificate.validTo))).toBe(seconds(lifetime.until));
  });

  it('is signed by its root', () => {
    const issuer = new X509Certificate(root.cert);
    expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true);
  });
});
