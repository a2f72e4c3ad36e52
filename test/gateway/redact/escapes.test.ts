/** Escapes hide no value. */
import { describe, expect, it } from 'vitest';
import { escapedSplices, percentSplices } from '../../../src/gateway/redact/escapes.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';
import { BOUNDS } from '../../../src/wire/bounds.js';
import { SecretValues } from '../../../src/gateway/redact/secret-values.js';

const SECRET = 'a/very+secret=value';
const values = new SecretValues();
values.remember(SECRET, true);
/** Its letters have four digits. */
const PRICE = 'it-is-€-£-元';
values.remember(PRICE, true);

function unescape(text: string): string {
  const splices: Splice[] = [];
  const bytes = Buffer.from(text);
  const without = (hidden: string): string => values.replaceIn(hidden, () => 'P');
  escapedSplices(bytes, { without, placeholder: () => 'P', isQuoteHiding: () => false }, splices);
  return Buffer.from(applySplices(bytes, splices)).toString();
}

const asUnicode = (text: string): string =>
  text.replace(/./g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('escapedSplices', () => {
  it('finds a value behind escapes of its letters', () => {
    expect(unescape(`{"a":"\\n","b":"x ${asUnicode(SECRET)} y"}`)).toBe('{"a":"\\n","b":"x P y"}');
    expect(unescape(`["${SECRET.replace('/', '\\/')}"]`)).toBe('["P"]');
    expect(unescape(`{"${asUnicode(SECRET)}":1}`)).toBe('{"P":1}');
  });

  it('masks a string whole that is too long to be searched', () => {
    const long = 'x'.repeat(BOUNDS.searchedString);
    expect(unescape(`["${long}\\\\","${long}"]`)).toBe(`["P","${long}"]`);
  });

  it('finds a value in JSON within JSON, and masks the whole string', () => {
    const inner = `["gateway-1",{"x":"${asUnicode(SECRET)}"}]`;
    expect(unescape(JSON.stringify({ d: [inner, JSON.stringify(inner)] }))).toBe('{"d":["P","P"]}');
    expect(unescape(JSON.stringify([`["${asUnicode(PRICE)}"]`]))).toBe('["P"]');
  });

  it('looks into JSON within JSON four levels deep, and no further', () => {
    const nested = (levels: number): string =>
      Array.from({ length: levels }).reduce<string>((text) => JSON.stringify([text]), asUnicode(SECRET));
    for (const levels of [1, 2, 3]) expect(unescape(nested(levels)), nested(levels)).toBe('["P"]');
    expect(unescape(nested(4))).toBe(nested(4));
  });

  it.each([
    '{}',
    '{"a":"\\n\\t\\"quoted\\""}',
    '{"a":"\\\\","b":"c:\\\\d"}',
    '["\\u00e9\\ud83d\\ude00","x\\/y"]',
    `{"plain":"${SECRET}"}`,
  ])('leaves %s', (text) => {
    expect(unescape(text)).toBe(text);
  });
});

describe('percentSplices', () => {
  function decoded(text: string): string {
    const splices: Splice[] = [];
    const bytes = Buffer.from(text);
    const without = (hidden: string): string =>
      hidden.includes('%') ? values.replaceIn(decodeURIComponent(hidden), () => 'P') : hidden;
    percentSplices(bytes, { without, placeholder: () => 'P', isQuoteHiding: () => false }, splices);
    return Buffer.from(applySplices(bytes, splices)).toString();
  }

  const escaped = encodeURIComponent(SECRET);

  it.each([
    [`{"a":"${escaped}"}`, '{"a":"P"}'],
    [`["plain","${escaped}","plain","x ${escaped}"]`, '["plain","P","plain","x P"]'],
    [`{"${escaped}":"100%25","b":"c"}`, '{"P":"100%25","b":"c"}'],
    ['["plain"]', '["plain"]'],
    ['[]', '[]'],
  ])('in %s: %s', (text, expected) => {
    expect(decoded(text).replace('"100%"', '"100%25"')).toBe(expected);
  });
});

describe('a line end within a string', () => {
  const TOKEN = 'abcdefgh.ijklmnop.qrstuvwx';
  const known = new SecretValues();
  known.remember(TOKEN, true);
  const masked = (text: string): string => {
    const splices: Splice[] = [];
    const bytes = Buffer.from(text);
    const without = (hidden: string): string => known.replaceIn(hidden.replace(/[\r\n]/g, ''), () => 'P');
    escapedSplices(bytes, { without, placeholder: () => 'P', isQuoteHiding: () => false }, splices);
    return Buffer.from(applySplices(bytes, splices)).toString();
  };
  const broken = (at: number, end: string): string => `["${TOKEN.slice(0, at)}${end}${TOKEN.slice(at)}"]`;

  it.each(['\\n', '\\r', '\\r\\n'])('%s hides no secret, wherever it is', (end) => {
    for (let at = 1; at < TOKEN.length; at += 1)
      expect(masked(broken(at, end)), broken(at, end)).toBe('["P"]');
  });

  it.each(['["\\nabcdefghijklmnopqrstuvwx"]', '["a\\nb"]', '["one line,\\nanother line"]', '["abc\\n"]'])(
    'is looked at no closer without a token around it: %s',
    (text) => {
      expect(masked(text)).toBe(text);
    },
  );
});

it('a text that is one string is searched, and a secret with a quote where there may be one', () => {
  const spliced = (text: string, secret: string, isQuoteHiding: boolean): number[][] => {
    const splices: Splice[] = [];
    const unmasking = {
      without: (value: string) => value.replaceAll(secret, 'P'),
      placeholder: () => 'P',
      isQuoteHiding: () => isQuoteHiding,
    };
    percentSplices(Buffer.from(text), unmasking, splices);
    escapedSplices(Buffer.from(text), unmasking, splices);
    return splices.map(({ start, end }) => [start, end]);
  };
  expect(spliced('"100%"', '100%', false)).toEqual([[0, 6]]);
  const quoted = JSON.stringify('pass"word');
  expect(spliced(quoted, 'pass"word', true)).toEqual([[0, quoted.length]]);
  expect(spliced(quoted, 'pass"word', false)).toEqual([]);
  expect(spliced(JSON.stringify('pass\nword'), 'pass\nword', true)).toEqual([]);
});
