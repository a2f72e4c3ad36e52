/** The grammar of JSON over bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasTooManyValues,
  isTooDeep,
  joinLines,
  NOT_JSON,
  skipScalar,
  skipSpace,
  skipString,
  skipValue,
  splitJson,
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
  const list = (count: number): Buffer => Buffer.from(`[",\\",\\\\"${',0'.repeat(count - 2)}]`);

  it('counts the values of a long text, and no sign within strings', () => {
    expect(hasTooManyValues(list(2_000_000))).toBe(false);
    expect(hasTooManyValues(list(2_000_001))).toBe(true);
    expect(hasTooManyValues(list(2))).toBe(false);
  });
});

const split = (text: string): string[] =>
  splitJson(Buffer.from(text), 6).map((part) => Buffer.from(part).toString());

describe('isTooDeep', () => {
  it('counts the brackets that are open at once, and none within strings', () => {
    const parts = fc.array(fc.constantFrom('[', '{', ']', '}', '"[{"', '"\\\\"', '"\\"[["', '0,'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.integer({ min: 990, max: 1001 }), parts, (depth, rest) => {
        const brackets = rest.filter((part) => part.length === 1);
        let level = depth;
        let deepest = depth;
        for (const bracket of brackets) {
          level += '[{'.includes(bracket) ? 1 : -1;
          deepest = Math.max(deepest, level);
        }
        expect(isTooDeep('[{'.repeat(depth).slice(0, depth) + rest.join(''))).toBe(deepest > 1000);
      }),
    );
  });
});

describe('splitJson', () => {
  it.each([
    ['{"op":1}', ['{"op":1}']],
    ['{"op":1}{"op":2} [3]\n', ['{"op":1}', '{"op":2}', '[3]']],
    ['{"d":"}{"}{}', ['{"d":"}{"}', '{}']],
    ['{"op":1}{"op":', ['{"op":1}', '{"op":']],
    ['{"op":1}x{"op":2}', ['{"op":1}', 'x{"op":2}']],
    ['1 2 3 4 5 6 7', ['1', '2', '3', '4', '5', '6 7']],
    ['', []],
    [' \n', []],
  ])('splits %s', (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it('finds every text that was joined', () => {
    const containers = jsonText.filter((text) => /^[[{"]/.test(text));
    fc.assert(
      fc.property(fc.array(containers, { maxLength: 5 }), (texts) => {
        expect(split(texts.join(''))).toEqual(texts);
      }),
      { numRuns: 200 },
    );
  });
});

describe('joinLines', () => {
  it('puts JSON on one line, with the same meaning', () => {
    const text = '{\r\n  "a": "b\\nc",\n  "d": [1]\n}';
    expect(joinLines(text)).toBe('{   "a": "b\\nc",   "d": [1] }');
    expect(JSON.parse(joinLines(text))).toEqual({ a: 'b\nc', d: [1] });
  });
});
