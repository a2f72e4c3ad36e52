/** Remembered values are found wherever they stand, and only they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_CREDENTIALS,
  MAX_SECRET_BYTES,
  MAX_SECRET_VALUES,
  MAX_SHORT_VALUES,
  MIN_SECRET_BYTES,
  SecretValues,
} from '../../../src/gateway/redact/secret-values.js';

// In parts, so that no scanner takes this made-up token for a leaked one.
const TOKEN = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.');

function remembering(...values: readonly string[]): SecretValues {
  const secrets = new SecretValues();
  for (const value of values) secrets.remember(value, false);
  return secrets;
}

const found = (secrets: SecretValues, text: string): string[] =>
  secrets.findIn(Buffer.from(text)).map(({ start, end }) => Buffer.from(text).toString('utf8', start, end));

describe('SecretValues', () => {
  it('finds long and short values, several times, in order', () => {
    const secrets = remembering(TOKEN, 'shorties');
    expect(found(secrets, `shorties${TOKEN}${TOKEN} shorties`)).toEqual([
      ...['shorties', TOKEN, TOKEN, 'shorties'],
    ]);
    expect(secrets.findIn(Buffer.from(`é${TOKEN}`))).toEqual([{ start: 2, end: 61, value: TOKEN }]);
  });

  it('finds nothing where there is nothing, or only a part', () => {
    const secrets = remembering(TOKEN, 'shorties');
    expect(new SecretValues().isEmpty).toBe(true);
    expect(secrets.isEmpty).toBe(false);
    expect(found(new SecretValues(), TOKEN)).toEqual([]);
    for (const text of ['', 'x', TOKEN.slice(1), TOKEN.slice(0, -1), 'shortie', TOKEN.toLowerCase()]) {
      expect(found(secrets, text)).toEqual([]);
    }
  });

  it('covers everything where values overlap', () => {
    const secrets = remembering('0123456789abcdefghij', 'abcdefghijklmnopqrstuvwxyz', 'efghijkl');
    expect(found(secrets, '>0123456789abcdefghijklmnopqrstuvwxyz<')).toEqual([
      '0123456789abcdefghijklmnopqrstuvwxyz',
    ]);
    expect(found(remembering('a'.repeat(16)), 'a'.repeat(40))).toEqual(['a'.repeat(40)]);
  });

  it('does not remember what is too short to tell from other text', () => {
    expect(remembering('x'.repeat(MIN_SECRET_BYTES - 1), '').isEmpty).toBe(true);
    expect(remembering('x'.repeat(MIN_SECRET_BYTES)).isEmpty).toBe(false);
  });

  it('does not remember what could be the structure of a text', () => {
    expect(remembering('","op":0,"', 'C:\\\\Users\\\\me', 'line\nbreak').isEmpty).toBe(true);
  });

  it('remembers values up to a length that no credential has', () => {
    const longest = 'a1'.repeat(MAX_SECRET_BYTES / 2);
    expect(found(remembering(longest), longest)).toEqual([longest]);
    expect(remembering(`${longest}x`, 'é'.repeat(MAX_SECRET_BYTES / 2 + 1)).isEmpty).toBe(true);
  });

  it('does not search a megabyte of its beginnings for a long value for ever', () => {
    const values = ['x', 'a1'.repeat(20_000)].map((end) => `${'a1'.repeat(1000)}${end}x`);
    expect(found(remembering(...values), 'a1'.repeat(500_000))).toEqual([]);
  });

  it('replaces in strings', () => {
    const replace = (text: string): string =>
      remembering(TOKEN).replaceIn(text, (value) => `<${value.length}>`);
    expect(replace(`é "${TOKEN}" ü`)).toBe('é "<59>" ü');
    expect(replace('nothing')).toBe('nothing');
  });

  it('forgets the oldest values beyond its limit, but no credential for them', () => {
    const secrets = new SecretValues();
    const value = (n: number): string => `value-${String(n).padStart(10, '0')}`;
    secrets.remember(TOKEN, true);
    for (let n = 0; n <= MAX_SECRET_VALUES; n += 1) secrets.remember(value(n), false);
    expect(found(secrets, value(0))).toEqual([]);
    expect(found(secrets, value(MAX_SECRET_VALUES))).toEqual([value(MAX_SECRET_VALUES)]);
    expect(found(secrets, TOKEN)).toEqual([TOKEN]);
    for (let n = 0; n <= MAX_CREDENTIALS; n += 1) secrets.remember(value(n), true);
    expect(found(secrets, TOKEN)).toEqual([]);
  });

  it('bounds short values as well, and prefers credentials among them', () => {
    const secrets = new SecretValues();
    for (let n = 0; n < MAX_SHORT_VALUES; n += 1) secrets.remember(`short-${10 + n}`, false);
    secrets.remember('one-more', false);
    expect(found(secrets, 'one-more')).toEqual([]);
    secrets.remember('my-token', true);
    expect(found(secrets, 'my-token short-10 short-11')).toEqual(['my-token', 'short-11']);
  });

  it('finds any value at any place of any text, as indexOf does', () => {
    const letters = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' });
    const values = fc.array(
      letters.filter((text) => !/["\\\\]/.test(text)),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(values, fc.string(), fc.string(), fc.nat(), (list, before, after, pick) => {
        const value = list[pick % list.length]!;
        const text = Buffer.from(before + value + after);
        const at = text.indexOf(value);
        const isCovered = remembering(...list)
          .findIn(text)
          .some(({ start, end }) => start <= at && end >= at + Buffer.byteLength(value));
        expect(isCovered).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
