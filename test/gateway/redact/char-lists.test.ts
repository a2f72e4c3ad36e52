/** Secrets that ETF spells as lists of bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charListSplices, readCharList } from '../../../src/gateway/redact/char-lists.js';
import { SecretValues } from '../../../src/gateway/redact/secret-values.js';
import { applySplices, type Splice } from '../../../src/wire/splices.js';

/** `json` without the values, which lists of bytes may spell. */
function masked(json: string, ...values: readonly string[]): string {
  const secrets = new SecretValues();
  for (const value of values) secrets.remember(value, false);
  const splices: Splice[] = [];
  charListSplices(Buffer.from(json), secrets, splices);
  return Buffer.from(applySplices(Buffer.from(json), splices)).toString();
}

const list = (text: string, gap = ''): string => `[${[...Buffer.from(text)].join(`${gap},${gap}`)}]`;
const zeros = (count: number): string => `[${Array.from({ length: count }, () => 0).join()}]`;

describe('charListSplices', () => {
  it.each([
    ['a list that is the value', list('secret-1'), zeros(8)],
    [
      'white space around numbers',
      `[ ${list('secret-1', '\n').slice(1)}`,
      `[ ${zeros(8).slice(1).replaceAll(',', '\n,\n')}`,
    ],
    ['a part of a list', list('a secret-1 b'), `[97,32,${zeros(8).slice(1, -1)},32,98]`],
    ['two lists', `[${list('secret-1')},${list('secret-1')}]`, `[${zeros(8)},${zeros(8)}]`],
    ['a list in an object', `{"a":[],"d":{"k":${list('secret-1')}}}`, `{"a":[],"d":{"k":${zeros(8)}}}`],
    ['what follows numbers of one digit', `[1,9,${list('secret-1').slice(1)}`, `[1,9,${zeros(8).slice(1)}`],
    ['bytes of two and three digits', list('cd-é-cdé'), zeros(10)],
    [
      'what comes before another value',
      `${list('secret-1').slice(0, -1)},"x"]`,
      `${zeros(8).slice(0, -1)},"x"]`,
    ],
  ])('masks %s', (_, json, expected) => {
    expect(masked(json, 'secret-1', 'cd-é-cdé')).toBe(expected);
  });

  it.each([
    ['another list', list('secret-2')],
    ['numbers over 255', `[${[...Buffer.from('secret-1')].map((byte) => byte + 256).join()}]`],
    ['numbers of four digits', `[${[...Buffer.from('secret-1')].map((byte) => `${byte}0`).join()}]`],
    ['fractions', `[${[...Buffer.from('secret-1')].map((byte) => `${byte}.0`).join()}]`],
    ['a list that is too short', list('secret-')],
    ['text', '"[115,101,99"'],
  ])('leaves %s', (_, json) => {
    expect(masked(json, 'secret-1')).toBe(json);
  });

  it('finds any value of eight bytes and more in any list', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '9', '.', '_', '-', 'é', '😀'),
      minLength: 8,
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, text, (value, around) => {
        const json = `{"d":${list(around + value)}}`;
        const found = JSON.parse(masked(json, value)) as { d: number[] };
        const size = Buffer.byteLength(value);
        expect(found.d.slice(-size)).toEqual(Array.from({ length: size }, () => 0));
      }),
      { numRuns: 100 },
    );
  });
});

describe('readCharList', () => {
  it.each([
    [list('secret-1'), 'secret-1'],
    [list('\u0000secrets', ' '), '\u0000secrets'],
    [list('ÿ'.repeat(4)), 'ÿ'.repeat(4)],
    [`[${'255,'.repeat(7)}255]`, Buffer.alloc(8, 255).toString()],
    [list('secret-'), null],
    [`[${'256,'.repeat(7)}256]`, null],
    [`${list('secret-1').slice(0, -1)},"x"]`, null],
    [`${list('secret-1').slice(0, -1)},-1]`, null],
    ['[]', null],
  ])('of %s is %j', (json, text) => {
    expect(readCharList(Buffer.from(`{"k":${json}}`), 5)?.toString() ?? null).toBe(text);
  });
});
