/** Regular expressions, judged by JavaScript's own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_WORK, PatternMatcher, PatternTooCostly } from '../../../src/filter/pattern/matcher.js';
import { growth } from '../../support/growth.js';

const CHARS = [
  'a',
  'b',
  'A',
  'z',
  '0',
  '_',
  ' ',
  '\n',
  '\r',
  '-',
  'é',
  'É',
  'ſ',
  's',
  'K',
  '\u212a',
  'µ',
  'μ',
];

const escape = (char: string): string => char.replace(/[\n\r]/g, (end) => (end === '\n' ? '\\n' : '\\r'));

const classArb = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc.oneof(
        fc.constantFrom(...CHARS.filter((char) => char !== '-').map(escape)),
        fc.constantFrom('a-z', 'A-Z', '0-9', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\u0100-\\uffff'),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([isInverted, parts]) => `[${isInverted ? '^' : ''}${parts.join('')}]`);

const atomArb = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...CHARS.map(escape)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('.', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\x41', '\\u0061'),
  },
  { weight: 2, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B') },
  { weight: 2, arbitrary: classArb },
);

const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?', '??', '{1,3}?'];

const { pattern: patternArb } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small' },
    { weight: 4, arbitrary: atomArb },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.oneof(
            atomArb.filter((atom) => !['^', '$', '\\b', '\\B'].includes(atom)),
            tie('pattern').map((inner) => `(?:${inner})`),
          ),
          fc.constantFrom(...QUANTIFIERS),
        )
        .map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: tie('pattern').map((inner) => `(${inner})`) },
  ),
  pattern: fc.oneof(
    { weight: 4, arbitrary: fc.array(tie('term'), { maxLength: 4 }).map((terms) => terms.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('|')) },
  ),
}));

const textArb = fc.array(fc.constantFrom(...CHARS), { maxLength: 12 }).map((chars) => chars.join(''));
const flagsArb = fc.subarray(['i', 'm', 's']).map((flags) => flags.join(''));

describe('a regular expression', () => {
  it('matches where JavaScript says so', () => {
    fc.assert(
      fc.property(
        patternArb,
        flagsArb,
        fc.array(textArb, { minLength: 1, maxLength: 8 }),
        (source, flags, texts) => {
          const matcher = new PatternMatcher(source, flags);
          for (const text of texts) {
            expect([source, flags, text, matcher.test(text)]).toEqual([
              source,
              flags,
              text,
              new RegExp(source, flags).test(text),
            ]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is refused where JavaScript refuses it, whatever it is', () => {
    const pieces = [
      'a',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '2',
      ',',
      '*',
      '+',
      '?',
      '|',
      '^',
      '-',
      '.',
      '/',
      '"',
      ':',
    ];
    const anything = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(anything, textArb, (source, text) => {
        let referee: RegExp | null = null;
        try {
          referee = new RegExp(source);
        } catch {
          // Refused.
        }
        if (referee === null) expect(() => new PatternMatcher(source)).toThrow();
        else {
          const isRefused = /\(\?(?![:<]|$)|\(\?<[=!]/.test(source);
          if (!isRefused) expect(new PatternMatcher(source).test(text)).toBe(referee.test(text));
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it.each([
    ['(a', 'the group is not closed', 0],
    ['x[a', 'the class is not closed', 1],
    ['a**', 'there is nothing to repeat', 2],
    ['*', 'there is nothing to repeat', 0],
    ['a{3,2}', 'the numbers are out of order', 1],
    ['[z-a]', 'the range is out of order', 1],
    ['ab\\', 'there is nothing after the backslash', 2],
    ['\\q', 'the escape \\q is not known', 0],
    ['\\u12', '4 hexadecimal digits are missing', 0],
    ['(a)\\1', 'references to groups are not supported', 3],
    ['a(?=b)', 'lookaround is not supported', 1],
    ['(?<!b)', 'lookaround is not supported', 0],
    ['a)', 'there is no group to close', 1],
    ['(a{50}){50}', 'the regular expression is too large', 0],
    ['a{1234567890}', 'the regular expression is too large', 0],
    ['{1234567890}', 'there is nothing to repeat', 0],
    ['a{2,00000000001}', 'the numbers are out of order', 1],
    ['('.repeat(60), 'groups are nested deeper than 50', 50],
  ])('%s is refused, with the place', (source, message, at) => {
    expect(() => new PatternMatcher(source)).toThrow(expect.objectContaining({ message, at }) as Error);
  });

  it('counts that repeat nothing take no time', () => {
    expect(new PatternMatcher('(?:){999999999}a').test('a')).toBe(true);
  });
});

describe('time', () => {
  it.each(['(a+)+$', '(a|aa)+$', '(a*)*b', '(\\w+\\s?)+!'])('grows with the text, for %s too', (source) => {
    const matcher = new PatternMatcher(source);
    expect(
      growth((length) => {
        const text = 'a'.repeat(length);
        return () => matcher.test(text);
      }),
    ).toBeLessThan(64);
  });

  it('is bounded by an error', () => {
    // Every text of a and b before the last leads to a state of its own.
    const matcher = new PatternMatcher('a.{900}c');
    let random = 1;
    const text = Array.from({ length: MAX_WORK / 200 }, () => {
      random = (random * 48_271) % 2_147_483_647;
      return random % 2 === 0 ? 'a' : 'b';
    }).join('');
    expect(() => matcher.test(text)).toThrow(PatternTooCostly);
    expect(matcher.test(`a${'b'.repeat(900)}c`)).toBe(true);
  });
});
