import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readUrl } from '../../src/wire/url.js';

it('any text gives a URL or null, and never an exception', () => {
  const odd = fc.constantFrom('http://%@a', 'http://%zz/', 'ws://[', 'http://a:99999', 'http://xn--a', '//a');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), odd), (text) => {
      expect(readUrl(text)?.href ?? null).toBe(URL.canParse(text) ? new URL(text).href : null);
    }),
  );
});
