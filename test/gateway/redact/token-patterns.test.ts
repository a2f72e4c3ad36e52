/** Hashes of passwords and tokens of interactions that no key names as secret are masked wherever a payload has them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { maskTokens } from '../../../src/gateway/redact/token-patterns.js';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { decodeEtf } from '../../../src/wire/etf/decode.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';

// In parts, so that no scanner takes these made-up secrets for leaked ones.
const MARK = ['aW50ZXJh', 'Y3Rpb246'].join('');
const REST = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68';
const SECRETS: readonly string[] = [
  ...['2b$10', '2y$12', 'argon2id$v=19$m=65536,t=3,p=4', 'scrypt$ln=16', 'pbkdf2-sha256$29000', '6', '1'].map(
    (scheme) => `$${scheme}$${REST}`,
  ),
  `${MARK}MTIzNTUyMzY3OTAyNzIwMDAwMDphQjNk`,
  `${MARK}${MARK}MTIzNTUyMzY3OTAy`,
];
const INNOCENT: readonly string[] = [
  'costs $5',
  '$2b$ is how they begin',
  `${MARK}: so do these`,
  '$1 $2 $a$',
  MARK,
];

const PLACEHOLDER = 'redacted:0123456789abcdef';
const newRedactor = (redaction: 'secrets' | 'none' = 'secrets'): Redactor =>
  new Redactor({ redaction, placeholder: () => PLACEHOLDER });
const PAYLOAD = { op: 0, t: 'MESSAGE_CREATE', hasSecretKey: false } as const;

function redact(d: JsonValue, redactor = newRedactor()): string {
  const bytes = Buffer.from(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d }));
  return Buffer.from(redactor.body({ ...PAYLOAD, bytes })).toString();
}

/** Text beside a secret that is not part of it. */
const between = fc.stringMatching(/^[ .!?"\\{}é😀\n]{0,9}$/u).map((text) => `${text} `);

describe.each(SECRETS)('%s', (secret) => {
  it('is masked in any string, and what is around it stays', () => {
    fc.assert(
      fc.property(between, between, (before, after) => {
        const kept = `${before}${PLACEHOLDER} ${after}`;
        const { d } = JSON.parse(redact({ content: `${before}${secret} ${after}` })) as { d: JsonValue };
        // Where a string has escapes in which a secret can hide, all of it may go.
        expect([kept, PLACEHOLDER]).toContain((d as { content: string }).content);
        const hidden = redact({ x: [{ y: JSON.stringify({ z: `${before}${secret}` }) }], [secret]: 1 });
        expect(hidden).not.toContain(REST);
        expect(hidden).not.toContain(MARK);
      }),
      { numRuns: 30 },
    );
  });

  it('is masked with its slashes or its first letter escaped', () => {
    const json = JSON.stringify({ d: `${secret}/abc` }).replace('/', '\\/');
    const code = `\\u00${secret.charCodeAt(0).toString(16)}`;
    for (const text of [json, json.replace(secret.charAt(0), code)]) {
      const body = Buffer.from(newRedactor().body({ ...PAYLOAD, bytes: Buffer.from(text) })).toString();
      expect(body).not.toContain(secret.slice(1));
    }
  });

  it('is masked in the document of ETF, too', () => {
    const etf = encodeEtf({ op: 0, t: 'X', s: 1, d: { content: `see ${secret} there` } });
    const decoded = decodeEtf(etf, { maxPayloadBytes: 1e6 });
    if (!decoded.ok) throw new Error('not ETF');
    const payload = { ...PAYLOAD, bytes: decoded.json, etf };
    const redactor = newRedactor();
    const body = redactor.body(payload);
    expect(Buffer.from(body).toString()).toContain(`see ${PLACEHOLDER} there`);
    expect(Buffer.from(redactor.etf(payload, body) ?? []).includes(secret)).toBe(false);
  });

  it('stays where nothing is redacted', () => {
    expect(redact(secret, newRedactor('none'))).toContain(secret);
  });
});

/** Three parts of these lengths. */
const parts = (...lengths: readonly number[]): string =>
  lengths.map((length, index) => 'xyz'.charAt(index).repeat(length)).join('.');
const jwt = (head: number, body: number): string => `eyJ${'a'.repeat(head - 3)}.${'b'.repeat(body)}.c`;

describe.each([
  ['a token of Discord', [parts(18, 5, 25), parts(30, 7, 60), parts(24, 6, 27)]],
  ['a token of an account with two factors', [`mfa.${'m'.repeat(20)}`, `mfa.${'m-_'.repeat(28)}`]],
  ['a JSON Web Token', [jwt(8, 8), jwt(36, 200)]],
])('%s', (_, tokens) => {
  it.each(tokens)('%s is masked wherever it is', (token) => {
    for (const [before, after] of [
      ['', ''],
      ['see ', ' there. 1.5'],
      ['"', '"'],
      ['é', '…'],
    ] as const)
      expect(maskTokens(`${before}${token}${after}`, () => '<>')).toBe(`${before}<>${after}`);
    expect(maskTokens(`${token} and ${token}`, () => '<>')).toBe('<> and <>');
  });
});

it.each([
  ...[parts(17, 6, 27), parts(31, 6, 27), parts(18, 4, 27), parts(18, 8, 27), parts(18, 6, 24), parts(18, 6)],
  ...[`mfa.${'m'.repeat(19)}`, `mfb.${'m'.repeat(20)}`, `mf.${'m'.repeat(20)}`],
  ...[jwt(7, 8), jwt(8, 7), 'fyJaaaaa.bbbbbbbb.c', 'a sentence. Another one.more words'],
])('%s is no token', (text) => {
  expect(maskTokens(text, () => '<>')).toBe(text);
});

it('the beginning of a token pattern alone is not masked', () => {
  const bytes = Buffer.from(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d: { content: INNOCENT } }));
  expect(newRedactor().body({ ...PAYLOAD, bytes })).toBe(bytes);
});

it('a token of an interaction has eight letters behind its beginning, at least', () => {
  expect(redact(`${MARK}aB3dE7gH`)).toContain(`"${PLACEHOLDER}"`);
  expect(redact(`${MARK}aB3dE7g`)).toContain(`"${MARK}aB3dE7g"`);
});

it('a known secret is masked beside a token of an interaction', () => {
  const redactor = newRedactor();
  redactor.learn(['a-secret-of-16-letters']);
  expect(redact(['a-secret-of-16-letters', SECRETS.at(-2) ?? ''], redactor)).toContain(
    JSON.stringify([PLACEHOLDER, PLACEHOLDER]),
  );
});

it('a token of an interaction gets the same placeholder, known or not', () => {
  const token = SECRETS.at(-2) ?? '';
  const masks = [newRedactor(), newRedactor()].map((redactor, isKnown) => {
    if (isKnown === 1) redactor.learn([token]);
    return redact({ content: `see ${token} there` }, redactor);
  });
  expect(masks[0]).toBe(masks[1]);
});
