/** URLs lose their secrets and keep the rest. */
import { describe, expect, it } from 'vitest';
import { maskUrl, maskWebhooks, webhookSplices } from '../../../src/gateway/redact/url.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';

const mask = (url: string): string => maskUrl(url, (secret) => `<${secret}>`);

describe('maskUrl', () => {
  it.each([
    [
      'https://cdn.discordapp.com/attachments/1/2/a.png?ex=65d9&is=65c7&hm=0f1e&',
      'https://cdn.discordapp.com/attachments/1/2/a.png?<ex=65d9&is=65c7&hm=0f1e&>',
    ],
    ['https://x.example/a?hm=1#top', 'https://x.example/a?<hm=1>#top'],
    ['https://me:pass@x.example/a?b=1', 'https://<me:pass>@x.example/a?b=1'],
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

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['aBcD-eFgH', 'iJkL0123', 'mNoP_qRsT'].join('_');
const HOOK = `https://discord.com/api/webhooks/223704706495545344/${TOKEN}`;

/** Characters that can surround a URL in a text. */
const AROUND: readonly (readonly [before: string, after: string])[] = [
  ['', ''],
  ['see ', '.'],
  ['<', '>'],
  ['[here](', ') and more'],
  ['`', '`'],
  ['né 😀 ', '?wait=true&thread_id=1'],
  ['', '/slack'],
  ['', '/messages/@original'],
];

describe('maskWebhooks', () => {
  it.each(AROUND)('masks the token in %j…%j', (before, after) => {
    const masked = HOOK.replace(TOKEN, `<${TOKEN}>`);
    const mask = (text: string): string => maskWebhooks(text, (token) => `<${token}>`);
    expect(mask(`${before}${HOOK}${after}`)).toBe(`${before}${masked}${after}`);
    expect(mask(`${before}${HOOK}${after} ${HOOK}`)).toBe(`${before}${masked}${after} ${masked}`);
  });

  it.each(['discordapp.com', 'canary.discord.com', 'ptb.discord.com', 'localhost:7331'])(
    'masks on %s, with versions',
    (host) => {
      for (const version of ['', '/v9', '/v10']) {
        const path = `http://${host}/api${version}/webhooks/1/`;
        expect(maskWebhooks(path + TOKEN, () => 'P')).toBe(`${path}P`);
      }
    },
  );

  it.each([
    'https://discord.com/api/webhooks/223704706495545344',
    'https://discord.com/developers/docs/resources/webhook',
    '/webhooks/1/',
    '/webhooks/x/y',
    '/webhooks/1/redacted:0123456789abcdef',
  ])('leaves %j', (text) => {
    expect(maskWebhooks(text, () => 'P')).toBe(text);
  });
});

describe('webhookSplices', () => {
  const spliced = (json: string): string => {
    const splices: Splice[] = [];
    webhookSplices(Buffer.from(json), json.includes('%'), () => 'P', splices);
    return Buffer.from(applySplices(Buffer.from(json), splices)).toString();
  };

  it.each(AROUND)('finds the token anywhere in JSON of %j…%j', (before, after) => {
    const value = (hook: string): unknown => ({ [`é${hook}`]: ['ü', before + hook + after, { d: hook }] });
    const masked = HOOK.replace(TOKEN, 'P');
    expect(spliced(JSON.stringify(value(HOOK)))).toBe(JSON.stringify(value(masked)));
    const deep = (hook: string): string => JSON.stringify([JSON.stringify(value(hook))]);
    expect(spliced(deep(HOOK))).toBe(deep(masked));
    const escaped = (text: string): string => text.replaceAll('/', '\\/');
    expect(spliced(escaped(deep(HOOK)))).toBe(escaped(deep(masked)));
  });

  it.each([encodeURIComponent, (url: string) => encodeURIComponent(encodeURIComponent(url)).toLowerCase()])(
    'finds the token in a URL that is part of another',
    (encode) => {
      const link = (hook: string): string =>
        JSON.stringify({ url: `https://x.example/?to=${encode(hook)}&a=1` });
      const token = encode(TOKEN);
      expect(spliced(link(HOOK))).toBe(link(HOOK).replace(token, 'P'));
      expect(spliced(link(HOOK.replace(TOKEN, 'redacted:0123456789abcdef')))).toContain('redacted%');
    },
  );
});

it('finds the token in JSON without a zero in it', () => {
  const json = '["/webhooks/1/aBcDeFgH"]';
  const splices: Splice[] = [];
  webhookSplices(Buffer.from(json), false, () => 'P', splices);
  expect(splices).toEqual([{ start: 14, end: 22, text: 'P' }]);
});

it('finds the token wherever it is in a long text, which is searched in pieces', () => {
  const piece = 64 * 1024;
  for (let before = piece - HOOK.length - 40; before <= piece + 40; before += 7) {
    const json = JSON.stringify(`${'x'.repeat(before)} ${HOOK} ${HOOK}`);
    const splices: Splice[] = [];
    webhookSplices(Buffer.from(json), false, () => 'P', splices);
    expect(splices.map(({ start, end }) => json.slice(start, end))).toEqual([TOKEN, TOKEN]);
  }
});
