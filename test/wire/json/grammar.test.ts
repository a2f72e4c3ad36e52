/** The grammar of JSON over bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasTooManyValues,
  NOT_JSON,
  skipScalar,
  skipSpace,
  skipString,
  skipValue,
} from '../../../src/wire/json/grammar.js';
import { damagedJsonText, jsonText } from '../../support/json-texts.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('skipValue', () => {
  it('ends where the value ends, whatever follows', () => {
    fc.assert(
      fc.property(jsonText, fc.constantFrom('', ' ', ',', ']', '}', ':1', '"', '{}'), (text, rest) => {
        expect(skipValue(Buffer.from(text + rest), 0, null)).toBe(Buffer.byteLength(text));
      }),
      { numRuns: 500 },
    );
  });

  it('accepts what JSON.parse accepts', () => {
    fc.assert(
      fc.property(damagedJsonText, (text) => {
        const bytes = Buffer.from(text);
        const end = skipValue(bytes, skipSpace(bytes, 0), null);
        expect(end >= 0 && skipSpace(bytes, end) === bytes.length).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('skipScalar', () => {
  it.each([
    'true',
    'false',
    'null',
    '0',
    '-0',
    '12',
    '1.5',
    '1e5',
    '1E-5',
    '-1.25e+10',
    '""',
    '"\\u00Ff\\n"',
  ])('accepts %s', (text) => {
    expect(skipScalar(Buffer.from(text), 0)).toBe(text.length);
  });

  it.each([
    'tru',
    'True',
    'nul',
    'falsy',
    '-',
    '.5',
    '1.',
    '1.e5',
    '1e',
    '1e+',
    '+1',
    'NaN',
    '',
    '"',
    '"\\u12g4"',
    '"\\x"',
    '"\n"',
  ])('refuses %j', (text) => {
    expect(skipScalar(Buffer.from(text), 0)).toBe(NOT_JSON);
  });
});

describe('skipString', () => {
  it.each(Array.from({ length: 0x20 }, (_, byte) => byte))('refuses the control byte %i', (byte) => {
    expect(skipString(Buffer.from([0x22, byte, 0x22]), 0)).toBe(NOT_JSON);
  });

  it('takes bytes above 0x7F as they come', () => {
    expect(skipString(Buffer.from([0x22, 0x7f, 0x80, 0xff, 0x22]), 0)).toBe(5);
  });
});

describe('hasTooManyValues', () => {
  const list = (count: number): Buffer => Buffer.from(`[${'0,'.repeat(count - 2)}"${','.repeat(3)}"]`);

  it('counts the values of a long text, and no sign within strings', () => {
    expect(hasTooManyValues(list(2_000_000))).toBe(false);
    expect(hasTooManyValues(list(2_000_001))).toBe(true);
  });
});
