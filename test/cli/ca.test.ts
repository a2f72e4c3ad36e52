import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describe('gatetape ca', () => {
  it('makes an authority on first use, shows it, and hands it out in every form', async () => {
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

  it('shows the authority that is there, warns that it may not sign a host, and renews it so that it may', async () => {
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
