/** A known value is found however it is spelled, and what is around it stays. */
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { placeholder } from '../../support/capture-playbook.js';

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');
const MASK = placeholder(TOKEN);
const hex = (letter: string): string => letter.charCodeAt(0).toString(16).padStart(2, '0');
const list = [...Buffer.from(TOKEN)];

function knowing(token = TOKEN): Redactor {
  const redactor = new Redactor({ redaction: 'secrets', placeholder });
  redactor.learn([token]);
  return redactor;
}
const body = (text: string, redactor = knowing(), etf: Uint8Array | null = null): string =>
  Buffer.from(redactor.body({ op: 0, t: 'X', bytes: Buffer.from(text), hasSecretKey: true, etf })).toString();
const event = (d: unknown): string => JSON.stringify({ op: 0, t: 'X', s: 1, d });

/** Ways in which a text can have the token in it. */
const SPELLED: readonly (readonly [string, string])[] = [
  ['letters of JSON', TOKEN.replaceAll(/[a-z]/g, (letter) => `\\u00${hex(letter)}`)],
  ['escaped punctuation', TOKEN.replaceAll('.', '\\u002e')],
  ['JSON in JSON', TOKEN.replaceAll('M', '\\\\u004d')],
  ['escapes of a URL', TOKEN.replaceAll(/\w/g, (letter) => `%${hex(letter)}`)],
  ['escapes of escapes', TOKEN.replaceAll('.', '%252e')],
  ['a line end', `${TOKEN.slice(0, 30)}\r\n${TOKEN.slice(30)}`],
  ['escaped line ends', `${TOKEN.slice(0, 20)}\\n${TOKEN.slice(20, 40)}\\r\\n${TOKEN.slice(40)}`],
  ['UTF-16 behind escapes of a URL', TOKEN.replaceAll(/./g, '$&%00')],
  ['UTF-16 behind escapes of JSON', TOKEN.replaceAll(/./g, '$&\\u0000')],
  ['UTF-16', TOKEN.replaceAll(/./g, '$&\0')],
];

describe('a token that is spelled in another way', () => {
  it.each(SPELLED)('%s: is masked in text and bytes', (_, spelled) => {
    for (const before of ['', 'so '])
      expect(
        knowing()
          .text(`${before}${spelled} it is`)
          .replace(/\0|%00|\\u0000/, ''),
      ).toBe(`${before}${MASK} it is`);
    const raw = Buffer.from(knowing().raw(Buffer.from(`\xffso ${spelled}`, 'latin1'))).toString('latin1');
    expect(raw).toContain(`so ${MASK}`);
  });

  it.each(SPELLED)('%s: is masked in payloads', (_, spelled) => {
    const result = body(event({ x: `so ${spelled} it is` }));
    expect(JSON.parse(result)).toHaveProperty('d.x', expect.stringContaining('redacted:'));
    expect(result).not.toContain(TOKEN.slice(40));
  });

  it('is masked in JSON that is not a payload, and the rest is kept', () => {
    const raw = Buffer.from(`[1, "${TOKEN.replaceAll('M', '\\u004d')}", {"token":"other-secret"}]`);
    expect(Buffer.from(knowing().raw(raw)).toString()).toBe(
      `[1, "${MASK}", {"token":"${placeholder('other-secret')}"}]`,
    );
  });

  it('is masked as a list of its bytes, in projections of ETF, in REST bodies and in bytes', () => {
    const text = event({ x: [...Buffer.from('so '), ...list, 33] });
    const zeros = event({ x: [...Buffer.from('so '), ...list.map(() => 0), 33] });
    expect(body(text, knowing(), new Uint8Array())).toBe(zeros);
    expect(Buffer.from(knowing().json(Buffer.from(text), '/x')).toString()).toBe(zeros);
    const tagged = Buffer.from([131, 108, 0, 0, 0, list.length, ...list.flatMap((byte) => [97, byte]), 106]);
    const raw = Buffer.from(knowing().raw(tagged));
    expect(raw).toEqual(Buffer.concat([tagged.subarray(0, 6), Buffer.from(MASK), tagged.subarray(-1)]));
    expect(knowing().etf({ etf: tagged, bytes: tagged }, tagged)).toBeNull();
  });

  it('is known when an IDENTIFY has it as a list of its bytes, or with a line end', () => {
    for (const token of [list, `Bot ${TOKEN}\n`, `${TOKEN.slice(0, 9)}\n${TOKEN.slice(9)}`]) {
      const redactor = new Redactor({ redaction: 'secrets', placeholder });
      const identify = Buffer.from(JSON.stringify({ op: 2, d: { token } }));
      redactor.body({ op: 2, t: null, bytes: identify, hasSecretKey: true });
      expect(body(event({ x: TOKEN }), redactor)).not.toContain(TOKEN);
    }
  });

  it('is masked in a URL that is masked for another reason, seen before or behind it', () => {
    for (const url of [
      `https://x/${TOKEN}/a?ex=1&hm=2`,
      `https://${TOKEN}@x/#${TOKEN}`,
      `https://x/%4D${TOKEN.slice(1)}?hm=1`,
    ]) {
      for (const redactor of [knowing(), new Redactor({ redaction: 'secrets', placeholder })]) {
        expect(body(event({ url, token: TOKEN }), redactor)).not.toContain(TOKEN.slice(1));
      }
    }
  });

  it('text with line ends and escapes but no token is unchanged', () => {
    const redactor = knowing();
    const text = event({
      x: 'a first line\nwhatever-it-is\n100% sure \\ "quoted" \u0000',
      y: [1, 2, 300, 4, 5, 6, 7, 8, 9],
    });
    expect(body(text, redactor)).toBe(text);
  });
});

it('four levels of escapes are undone, and no more', () => {
  const escaped = (levels: number): string =>
    Array.from({ length: levels }).reduce<string>(encodeURIComponent, TOKEN.replaceAll('.', '%2E'));
  for (const levels of [0, 1, 2, 3]) expect(knowing().text(escaped(levels))).toBe(MASK);
  expect(knowing().text(escaped(4))).not.toContain(MASK);
});

it.each([
  encodeURIComponent,
  (text: string) => encodeURIComponent(text).toLowerCase(),
  (text: string) =>
    text.replace(/[^a-z]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
])('letters beyond ASCII are found behind escapes', (escape) => {
  const password = 'pässword\u0080-of-€-😀';
  expect(knowing(password).text(`so ${escape(password)} it is`)).toBe(`so ${placeholder(password)} it is`);
});

it.each(['\\ud83dx', '\\ud83d\\n', '\\ud83d\\u00', '\\ud83', '\\u', '%', '%x', '\\'])(
  'what is no escape, or half of one, hides nothing behind it: %s',
  (half) => {
    expect(knowing().text(`so ${half} ${TOKEN.replace('.', '%2E')}`)).toBe(`so ${half} ${MASK}`);
  },
);

it('a text without a secret stays, with half a letter in it, too', () => {
  expect(knowing().text('100% \ud83d')).toBe('100% \ud83d');
});

it('slashes are found behind backslashes', () => {
  const value = 'my/secret/of/16/letters';
  expect(knowing(value).text(`so ${value.replaceAll('/', '\\/')}!`)).toBe(`so ${placeholder(value)}!`);
});

it.each([
  ['\\', 'my-secret-of-16-letters'],
  ['\\ud83d', 'xxde00-of-16-letters'],
  ['', '%zz-secret-of-16-letters'],
  ['%4', 'z-secret-of-16-letters'],
])('what escapes nothing is no part of an escape: %s before %s', (before, value) => {
  expect(knowing(value).text(`${before}${value.replace('-', '%2D')}!`)).toBe(
    `${before}${placeholder(value)}!`,
  );
});

describe('an unknown token', () => {
  const redactor = new Redactor({ redaction: 'secrets', placeholder });
  const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJ0YXBlIn0', 'c2lnbmF0dXJl'].join('.');
  const MFA = ['mfa', 'aB3dE7gH9jK1mN5pQ8sT2vX4zA6cF0hJ'].join('.');

  it.each([TOKEN, JWT, MFA])('%s is masked in a message by its shape', (token) => {
    const text = (secret: string): string => event({ content: `look. ${secret}! at 10.5` });
    expect(body(text(token), redactor)).toBe(text(placeholder(token)));
  });

  it.each([
    'a.b.c',
    `${'x'.repeat(20)}.short`,
    'gateway-us-east1-b.discord.gg',
    '2026-08-01T10:00:00.000000+00:00',
  ])('%s is not masked', (text) => {
    expect(body(event({ content: text }), redactor)).toBe(event({ content: text }));
  });
});
