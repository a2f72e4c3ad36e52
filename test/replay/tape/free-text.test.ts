import { describe, expect, it } from 'vitest';
import { masked, withoutSecrets } from '../../../src/replay/tape/free-text.js';

const found = (text: string): string => withoutSecrets(text, (secret) => `[${secret.length}]`);
const mixed = (length: number): string =>
  'aB3dE7gH9jK1mN5pQ8sT2vX4zA6cF0hJ'.repeat(Math.ceil(length / 32)).slice(0, length);

describe('masked', () => {
  it.each([
    ['Hello, wörld 42!', 'xxxxx, xxxxx xx!'],
    ['!ban <@123456789012345678> now', '!xxx <@123456789012345678> xxx'],
    [
      '<#123456789012345678> <@&123456789012345678> <t:1700000000:R>',
      '<#123456789012345678> <@&123456789012345678> <t:1700000000:R>',
    ],
    ['<a:wave:123456789012345678> 👋 <script>', '<a:wave:123456789012345678> 👋 <xxxxxx>'],
    ['got redacted:0123456789abcdef here', 'xxx redacted:0123456789abcdef xxxx'],
    ['', ''],
  ])('turns %j into %j, and leaves that alone', (text, expected) => {
    expect(masked(text)).toBe(expected);
    expect(masked(expected)).toBe(expected);
  });
});

describe('withoutSecrets', () => {
  it.each([
    [`key ${mixed(24)} here`, 'key [24] here'],
    ['0123456789abcdef0123456789abcdef', '[32]'],
    [`https://example.com/hooks/${mixed(30)}/x`, 'https://example.com/hooks/[30]/x'],
    ['write to somebody@example.com now', 'write to [20] now'],
    ['call +15551234567', 'call [12]'],
    ['from 203.0.113.7 and http://198.51.100.2/', 'from [11] and http://[12]/'],
    ['at 2001:db8:0:0:0:0:2:1 or 2001:db8:1::5', 'at [20] or [13]'],
  ])('finds the secret in %j', (text, expected) => {
    expect(found(text)).toBe(expected);
  });

  it('takes a secret of any length', () => {
    expect(found(mixed(20_000_000))).toBe('[20000000]');
  });

  it.each([
    'GUILD_ONBOARDING_EVER_ENABLED_2',
    '2026-08-06T12:00:00.000000+00:00',
    '123e4567-e89b-12d3-a456-426614174000',
    'gateway-prd-us-east1-b-4k7q.discord.gg',
    'Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36',
    '127.0.0.1:7331',
    'picture@2x.png',
    '/avatars/123456789012345678/0123456789abcdef0123456789abcdef.webp?size=64',
    'redacted:0123456789abcdef0123456789abcdef',
    '12:34:56',
    '123456789012345678901234',
  ])('leaves %j alone', (text) => {
    expect(found(text)).toBe(text);
  });
});
