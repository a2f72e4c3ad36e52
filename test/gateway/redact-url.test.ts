/** URLs lose their secrets and keep the rest. */
import { describe, expect, it } from 'vitest';
import { maskUrl } from '../../src/gateway/redact-url.js';

const mask = (url: string): string => maskUrl(url, (secret) => `<${secret}>`);

describe('maskUrl', () => {
  it.each([
    [
      'https://cdn.discordapp.com/attachments/1/2/a.png?ex=65d9&is=65c7&hm=0f1e&',
      'https://cdn.discordapp.com/attachments/1/2/a.png?<ex=65d9&is=65c7&hm=0f1e&>',
    ],
    ['https://x.example/a?hm=1#top', 'https://x.example/a?<hm=1>#top'],
    [
      'https://discord.com/api/webhooks/223704706495545344/3d89bb7572e0?wait=true',
      'https://discord.com/api/webhooks/223704706495545344/<3d89bb7572e0>?wait=true',
    ],
  ])('masks %s', (url, expected) => {
    expect(mask(url)).toBe(expected);
  });

  it.each([
    '',
    'https://example.com/?a=1&thm=2',
    'https://cdn.discordapp.com/icons/1/a.png',
    'https://x.example/webhooks/docs',
    'https://x.example/#?hm=1',
  ])('leaves %j', (url) => {
    expect(mask(url)).toBe(url);
  });
});
