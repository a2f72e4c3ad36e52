import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../src/ca/certificate-authority.js';
import { scratchFile } from '../support/scratch.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 1);
const HOSTS = ['gateway.discord.gg', 'gateway-*.discord.gg'];

function open(folder: string, hosts = HOSTS, day = 0, isRenewed = false): CertificateAuthority {
  return CertificateAuthority.open({ folder, hosts, isRenewed, nowMs: () => START_MS + day * DAY_MS });
}

describe('an authority', () => {
  it('is created once, then loaded', () => {
    const folder = scratchFile('ca');
    const { cert, permitted } = open(folder);
    expect(open(folder).cert).toBe(cert);
    expect(permitted).toEqual(['localhost', '127.0.0.0/8', '::1/128', 'discord.gg']);
    expect(open(folder, HOSTS, 0, true).cert).not.toBe(cert);
  });

  it('refuses to sign a host that it was not made for, with a hint how to renew it', () => {
    const folder = scratchFile('ca');
    open(folder);
    expect(() => open(folder, ['gateway.example.org'])).toThrow(/may not sign gateway.example.org/);
    expect(open(folder, ['gateway.example.org'], 0, true).permits('gateway.example.org')).toBe(true);
  });

  it.each([359, 400, 4000])('that is too old after %i days is refused', (day) => {
    const folder = scratchFile('ca');
    open(folder);
    expect(() => open(folder, HOSTS, day)).toThrow(/is good until 2027-11-01 only/);
  });
});

describe('leaf certificates', () => {
  it('are reused until half of their week is over', () => {
    let day = 0;
    const nowMs = (): number => START_MS + day * DAY_MS;
    const authority = CertificateAuthority.open({ folder: scratchFile('ca'), hosts: HOSTS, nowMs });
    const first = authority.issueLeaf(['gateway.discord.gg']);
    day = 3;
    expect(authority.issueLeaf(['gateway.discord.gg'])).toBe(first);
    expect(authority.issueLeaf(['localhost'])).not.toBe(first);
    day = 4;
    const next = authority.issueLeaf(['gateway.discord.gg']);
    expect(next).not.toBe(first);
    const { validFrom, validTo, subjectAltName } = new X509Certificate(next.cert);
    expect(subjectAltName).toBe('DNS:gateway.discord.gg');
    expect((Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS).toBe(7.5);
  });

  it('come with the certificate of the authority', () => {
    const authority = open(scratchFile('ca'));
    const { cert } = authority.issueLeaf(['localhost']);
    expect(cert.endsWith(authority.cert)).toBe(true);
    expect(new X509Certificate(cert).checkIssued(new X509Certificate(authority.cert))).toBe(true);
  });

  it('are forgotten beyond a limit', () => {
    const authority = open(scratchFile('ca'));
    const first = authority.issueLeaf(['localhost']);
    for (let index = 0; index < 300; index += 1) authority.issueLeaf([`gateway-${index}.discord.gg`]);
    expect(authority.issueLeaf(['localhost'])).not.toBe(first);
  });
});
