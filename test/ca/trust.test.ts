import { X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { listTrustRecipes, spkiFingerprint } from '../../src/ca/trust.js';
import { TestCa } from '../support/test-ca.js';

describe('trustRecipes', () => {
  it('name the file, or the fingerprint, and quote a path for the shell', () => {
    const text = JSON.stringify(
      listTrustRecipes({ path: "/a b/it's/ca.pem", spki: 'abc=' }).map(({ lines }) => lines),
    );
    expect(text).toContain("NODE_EXTRA_CA_CERTS='/a b/it'\\\\''s/ca.pem' node");
    expect(text).toContain('--ignore-certificate-errors-spki-list=abc=');
  });

  it.each(['Node.js', 'Python', 'Chromium', 'Java', 'Go', 'curl', 'Firefox', '.NET', 'Deno', 'Windows'])(
    'include %s',
    (client) => {
      const recipes = listTrustRecipes({ path: '/ca.pem', spki: 'abc=' });
      expect(recipes.some((recipe) => recipe.client.includes(client))).toBe(true);
    },
  );
});

it('the fingerprint of a key is what openssl computes', () => {
  const { cert } = new TestCa();
  const command =
    'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64';
  const { stdout, status } = spawnSync('sh', ['-c', command], { input: cert, encoding: 'utf8' });
  if (status !== 0 || stdout === '') console.warn('not compared: openssl is not installed');
  else expect(spkiFingerprint(new X509Certificate(cert))).toBe(stdout.trim());
});
