/** Placeholders as databases and tapes have had them since the first. */
import { expect, it } from 'vitest';
import { isPlaceholder, formatPlaceholder } from '../../../src/gateway/redact/placeholder.js';

it('a placeholder shows the first eight bytes of a hash', () => {
  const digest = Uint8Array.from({ length: 32 }, (_, index) => index * 9);
  expect(formatPlaceholder(digest)).toBe('redacted:0009121b242d363f');
  expect(isPlaceholder(formatPlaceholder(digest))).toBe(true);
  expect(isPlaceholder('a secret')).toBe(false);
});
