import { X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeAuthority, spkiFingerprint } from '../../src/cli/ca-text.js';
import { TestCa } from '../support/test-ca.js';

const { cert } = new TestCa();

it('an authority is described by what it is, and what it may sign', () => {
  const lines = describeAuthority(new X509Certificate(cert), {
    path: '/ca.pem',
    permitted: ['discord.gg', '::1/128'],
  });
  expect(lines.slice(0, 2)).toEqual(['certificate  /ca.pem', 'subject      test authority']);
  expect(lines[2]).toMatch(/^valid {8}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d$/);
  expect(lines[5]).toBe('may sign     discord.gg, ::1/128 (names with all below them)');
});

it('the fingerprint of its key is what openssl computes', () => {
  const command =
    'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64';
  const { stdout, status } = spawnSync('sh', ['-c', command], { input: cert, encoding: 'utf8' });
  if (status !== 0 || stdout === '') console.warn('not compared: openssl is not installed');
  else expect(spkiFingerprint(new X509Certificate(cert))).toBe(stdout.trim());
});
