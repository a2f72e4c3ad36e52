import { describe, expect, it } from 'vitest';
import { listTrustRecipes } from '../../src/ca/trust.js';

describe('trustRecipes', () => {
  it('name the file, or the fingerprint, and quote a path for the shell', () => {
    const text = JSON.stringify(
      listTrustRecipes({ path: "/a b/it's/ca.pem", spki: 'abc=' }).map(({ lines }) => lines),
    );
    expect(text).toContain("NODE_EXTRA_CA_CERTS='/a b/it'\\\\''s/ca.pem' node");
    expect(text).toContain('--ignore-certificate-errors-spki-list=abc=');
  });

  it.each(['Node.js', 'Python', 'Chromium', 'Java', 'Go', 'curl', 'Firefox', '.NET', 'Deno', 'Windows'])(
    'have one for %s',
    (client) => {
      const recipes = listTrustRecipes({ path: '/ca.pem', spki: 'abc=' });
      expect(recipes.some((recipe) => recipe.client.includes(client))).toBe(true);
    },
  );
});
