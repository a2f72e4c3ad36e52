/** Remembered values are found at any position, and nothing else is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_CREDENTIALS,
  MAX_SECRET_BYTES,
  MAX_SECRET_VALUES,
  MAX_SHORT_VALUES,
  MIN_SECRET_BYTES,
  type LearnedValue,
  SecretValues,
  type ValueMemory,
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
    expect(found(secrets, 'shortiesshorties')).toEqual(['shorties', 'shorties']);
    expect(secrets.findIn(Buffer.from(`é${TOKEN}`))).toEqual([{ start: 2, end: 61, value: TOKEN }]);
  });

  it('finds a short credential and a short value, and both again after they came again', () => {
    const secrets = new SecretValues();
    for (let times = 0; times < 2; times += 1) {
      secrets.remember('short-one', true);
      secrets.remember('other-one', false);
      expect(found(secrets, 'short-one other-one')).toEqual(['short-one', 'other-one']);
    }
  });

  it('finds nothing where there is nothing, or only a part', () => {
    const secrets = remembering(TOKEN, 'shorties');
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
    const alike = remembering('0123456789abcdefghij', 'abcdefghij0123456789');
    expect(alike.findIn(Buffer.from('0123456789abcdefghij0123456789'))).toEqual([
      { start: 0, end: 30, value: '0123456789abcdefghij' },
    ]);
    for (const length of [8, 16])
      expect(found(remembering('a'.repeat(length)), 'a'.repeat(40))).toEqual(['a'.repeat(40)]);
  });

  it('does not remember what is too short to tell from other text', () => {
    const tooShort = 'x'.repeat(MIN_SECRET_BYTES - 1);
    expect(found(remembering(tooShort, ''), tooShort)).toEqual([]);
    expect(found(remembering(`${tooShort}x`), `${tooShort}x`)).toEqual([`${tooShort}x`]);
  });

  it('searches for values that look like JSON syntax in decoded text only', () => {
    const text = Buffer.from('{"a":"","op":0,"t":1}');
    const values = remembering('","op":0,"');
    expect(values.findInJson(text)).toEqual([]);
    expect(values.findIn(text)).toMatchObject([{ value: '","op":0,"' }]);
  });

  it('remembers a value with line ends by its lines, and as one', () => {
    const [first, second] = [TOKEN.slice(0, 30), TOKEN.slice(30)];
    const secrets = remembering(`${first}\r\n${second}\n`);
    for (const text of [TOKEN, first, second]) expect(found(secrets, `<${text}>`)).toEqual([text]);
  });

  it('remembers values up to a length that no credential has', () => {
    const longest = 'a1'.repeat(MAX_SECRET_BYTES / 2);
    expect(found(remembering(longest), longest)).toEqual([longest]);
    const tooLong = [`${longest}x`, 'é'.repeat(MAX_SECRET_BYTES / 2 + 1)];
    expect(found(remembering(...tooLong), tooLong.join())).toEqual([]);
  });

  it('masks a text with too many partial matches as a whole, in bounded time', () => {
    const values = ['x', 'a1'.repeat(20_000)].map((end) => `${'a1'.repeat(1000)}${end}x`);
    const text = 'a1'.repeat(500_000);
    const secrets = remembering(...values);
    expect(secrets.findIn(Buffer.from(`"${text}" "innocent text"`))).toEqual([
      { start: 1, end: text.length + 1, value: text },
    ]);
    expect(found(remembering(TOKEN), text)).toEqual([]);
  });

  it('replaces in strings', () => {
    const replace = (text: string): string =>
      remembering(TOKEN).replaceIn(text, (value) => `<${value.length}>`);
    expect(replace(`é "${TOKEN}" ü`)).toBe('é "<59>" ü');
    expect(replace('nothing')).toBe('nothing');
  });

  const value = (n: number): string => `value-${String(n).padStart(10, '0')}`;

  it('forgets what was used least recently, but no credential for other values', () => {
    const secrets = new SecretValues();
    secrets.remember(TOKEN, true);
    for (let n = 0; n < MAX_SECRET_VALUES; n += 1) secrets.remember(value(n), false);
    secrets.remember(value(0), false);
    secrets.findIn(Buffer.from(value(1)));
    secrets.remember(value(MAX_SECRET_VALUES), false);
    for (const n of [0, 1, MAX_SECRET_VALUES]) expect(found(secrets, value(n))).toEqual([value(n)]);
    for (const n of [2, 3, MAX_SECRET_VALUES / 4]) expect(found(secrets, value(n))).toEqual([]);
    expect(found(secrets, TOKEN)).toEqual([TOKEN]);
  });

  it('forgets no credential that a connection uses, however many others come', () => {
    const secrets = new SecretValues();
    const [holder, other] = [secrets.hold(), secrets.hold()];
    for (const one of [holder, holder, other]) one.add(TOKEN);
    holder.add('in-short');
    const crowd = (): void => {
      for (let n = 0; n < 2 * MAX_CREDENTIALS; n += 1) secrets.remember(value(n), true);
      for (let n = 0; n < 2 * MAX_SHORT_VALUES; n += 1) secrets.remember(`short-${100 + n}`, true);
    };
    crowd();
    expect(found(secrets, `${TOKEN} in-short`)).toEqual([TOKEN, 'in-short']);
    holder.release();
    crowd();
    expect(found(secrets, `${TOKEN} in-short`)).toEqual([TOKEN]);
    other.release();
    crowd();
    expect(found(secrets, TOKEN)).toEqual([]);
  });

  it('remembers a short credential besides all those that connections use', () => {
    const secrets = new SecretValues();
    for (const user of ['one', 'two', 'six']) {
      const holder = secrets.hold();
      for (let n = 10; n < 26; n += 1) holder.add(`${user}-held-${n}`);
    }
    secrets.remember('short-one', true);
    expect(found(secrets, 'one-held-10 short-one six-held-25')).toHaveLength(3);
  });

  it('keeps the newest few credentials for each user of them', () => {
    const secrets = new SecretValues();
    const holder = secrets.hold();
    for (let n = 0; n < 40; n += 1) holder.add(`held-${value(n)}`);
    for (let n = 0; n < 2 * MAX_CREDENTIALS; n += 1) secrets.remember(value(n), true);
    expect(found(secrets, `held-${value(39)}`)).not.toEqual([]);
    expect(found(secrets, `held-${value(3)}`)).toEqual([]);
  });

  it('finds tokens of interactions without knowing them, however many others were forgotten', () => {
    const token = `${['aW50ZXJh', 'Y3Rpb246'].join('')}MTIzNTUyMzY3OTAyNzIw`;
    const secrets = new SecretValues();
    expect(found(secrets, `<${token}>`)).toEqual([token]);
    for (let n = 0; n <= MAX_SECRET_VALUES; n += 1) secrets.remember(value(n), false);
    expect(found(secrets, `<${token}>`)).toEqual([token]);
  });

  it('bounds short values as well, credentials apart from the others', () => {
    const secrets = new SecretValues();
    secrets.remember('my-token', true);
    for (let n = 0; n <= MAX_SHORT_VALUES; n += 1) secrets.remember(`short-${10 + n}`, false);
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

describe('a memory of values', () => {
  /** A memory that never fills up. */
  function memory(...kept: LearnedValue[]): ValueMemory & { kept: LearnedValue[] } {
    return {
      kept,
      read: () => [...kept],
      add: (learned) => kept.push(learned) > 0,
      rewrite: (learned) => void kept.splice(0, kept.length, ...learned),
    };
  }

  it('gets each value once, and again when it turns out to be a credential', () => {
    const subject = memory();
    const secrets = new SecretValues(subject);
    for (const value of ['short-one', TOKEN]) {
      for (const isCredential of [false, false, true, true]) secrets.remember(value, isCredential);
    }
    expect(subject.kept).toEqual(
      ['short-one', TOKEN].flatMap((value) => [
        { value, isCredential: false },
        { value, isCredential: true },
      ]),
    );
  });

  it('has credentials that the set which reads it never forgets, however many others come', () => {
    const secrets = new SecretValues(
      memory(
        { value: TOKEN, isCredential: true },
        { value: 'another-value-of-enough-bytes', isCredential: false },
      ),
    );
    expect(found(secrets, `${TOKEN} another-value-of-enough-bytes`)).toHaveLength(2);
    for (let n = 0; n < 2 * MAX_CREDENTIALS; n += 1)
      secrets.remember(`credential-number-${n}-0123456789`, true);
    for (let n = 0; n < 2 * MAX_SECRET_VALUES; n += 1)
      secrets.remember(`value-number-${n}-0123456789`, false);
    expect(found(secrets, `${TOKEN} another-value-of-enough-bytes`)).toEqual([TOKEN]);
  });
});

it('a memory that is full is written again, credentials last, and those of open connections at the end', () => {
  let rewritten: readonly LearnedValue[] = [];
  const secrets = new SecretValues({
    read: () => [],
    add: ({ value }) => value !== 'the-last-one-of-enough-bytes',
    rewrite: (learned) => {
      rewritten = learned;
    },
  });
  secrets.hold().add('held-credential-of-enough-bytes');
  for (const value of ['credential-of-enough-bytes', 'short-one', 'quo"ted-one'])
    secrets.remember(value, true);
  secrets.remember('short-two', false);
  expect(rewritten).toEqual([]);
  secrets.remember('the-last-one-of-enough-bytes', false);
  expect(rewritten.map(({ value, isCredential }) => [value, isCredential])).toEqual([
    ['short-two', false],
    ['the-last-one-of-enough-bytes', false],
    ['quo"ted-one', true],
    ['short-one', true],
    ['credential-of-enough-bytes', true],
    ['held-credential-of-enough-bytes', true],
  ]);
});
