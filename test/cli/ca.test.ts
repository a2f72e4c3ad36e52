import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { describeAuthority } from '../../src/cli/ca.js';
import { runHere } from '../support/command-line.js';
import { gatetape, MAIN } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { TestCa } from '../support/test-ca.js';

describe('gatetape ca', () => {
  it('creates an authority on first use, prints it, and exports it in every format', async () => {
    const folder = scratchFile('ca');
    const [shown, pem, spki] = [
      await gatetape(['ca', '--ca-dir', folder]),
      await runHere(['ca', '--ca-dir', folder, '--export', 'pem']),
      await runHere(['ca', '--ca-dir', folder, '--export', 'spki']),
    ];
    const der = execFileSync(process.execPath, [MAIN, 'ca', '--ca-dir', folder, '--export', 'der']);
    expect([shown.stderr, shown.exitCode, pem.exitCode]).toEqual(['', 0, 0]);
    const certificate = new X509Certificate(pem.stdout);
    expect(certificate.raw.equals(der)).toBe(true);
    for (const fact of [folder, certificate.fingerprint256, spki.stdout.trim(), 'discord.gg']) {
      expect(shown.stdout).toContain(fact);
    }
    expect(shown.stdout).toContain('NODE_EXTRA_CA_CERTS=');
    expect(shown.stdout).not.toContain('PRIVATE');
  });

  it('prints an existing authority, warns if it cannot sign a host, and renews it', async () => {
    const args = ['ca', '--ca-dir', scratchFile('ca'), '--export', 'pem'];
    const { stdout: first } = await runHere(args);
    const other = [...args, '--upstream', 'wss://gw.example.org'];
    const shown = await runHere(other);
    expect(shown).toEqual({
      exitCode: 0,
      stdout: first,
      stderr: expect.stringMatching(
        /^gatetape: warning: .* may not sign gw\.example\.org.*--renew/,
      ) as string,
    });
    const renewed = await runHere([...other, '--renew']);
    expect(renewed.exitCode).toBe(0);
    expect(renewed.stdout).not.toBe(first);
  });
});

it('an authority is described by what it is, what it may sign, and how to trust it', () => {
  const lines = describeAuthority({
    path: '/ca.pem',
    certificate: new X509Certificate(new TestCa().cert),
    spki: 'abc=',
    permitted: ['discord.gg', '::1/128'],
    recipes: [{ client: 'curl', lines: ['curl --cacert /ca.pem'] }],
  });
  expect(lines.slice(0, 2)).toEqual(['certificate  /ca.pem', 'subject      test authority']);
  expect(lines[2]).toMatch(/^valid {8}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d$/);
  expect(lines.slice(4, 6)).toEqual([
    'SPKI         abc=',
    'may sign     discord.gg, ::1/128 (names with all below them)',
  ]);
  expect(lines.slice(-2)).toEqual(['  curl', '    curl --cacert /ca.pem']);
});
