/** Kinds of values: what they accept, what they refuse, and in which words. */
import { describe, expect, it } from 'vitest';
import {
  anyKind,
  choiceKind,
  commaList,
  describeWrong,
  digits,
  expecting,
  integer,
  list,
  nothing,
  oneOrMore,
  paceKind,
  requireKind,
  someText,
  text,
  yesOrNo,
  type Kind,
} from '../../src/config/kinds.js';

const hex = text('hex digits', (given) => (/^[0-9a-f]+$/.test(given) ? Number.parseInt(given, 16) : null));
const words = commaList(choiceKind('red', 'green'));

describe('a kind of setting', () => {
  it.each([
    ['text', hex, '1f', 31],
    ['some text', someText, 'x', 'x'],
    ['yes or no', yesOrNo, false, false],
    ['nothing', nothing, null, null],
    ['a choice', choiceKind('a', 'b'), 'b', 'b'],
    ['an integer', integer(3), 3, 3],
    ['either of two, the first', anyKind(integer(0), hex), 0, 0],
    [
      'either of two, the second',
      anyKind<number | null>(integer(1), anyKind<number | null>(hex, nothing)),
      null,
      null,
    ],
    ['a list', list(hex), ['1', 'a'], [1, 10]],
    ['an empty list', list(hex), [], []],
    ['digits', digits(1), '12', 12],
    ['a negative number in digits', digits(-5), '-5', -5],
    ['a pace', paceKind('max'), 0.5, 0.5],
    ['a word for a pace', paceKind('max', 'step'), 'step', 'step'],
    ['one of one or more', oneOrMore(integer(1)), 3, 3],
    ['several of one or more', oneOrMore(integer(1)), [3, 4], [3, 4]],
    ['a list as text, each word once', words, 'green, red,green', ['green', 'red']],
  ])('accepts %s', (_, kind, given, value) => {
    expect(kind.read(given)).toEqual(value);
  });

  it.each([
    ['other text', hex, 'x'],
    ['what is no text', hex, 12],
    ['empty text', someText, ''],
    ['a word for yes', yesOrNo, 'true'],
    ['undefined for nothing', nothing, undefined],
    ['another word', choiceKind('a', 'b'), 'c'],
    ['what is no word', choiceKind('a', 'b'), ['a']],
    ['too little', integer(3), 2],
    ['half an integer', integer(0), 0.5],
    ['a number too large to be whole', integer(0), 2 ** 53],
    ['neither of two', anyKind<number | null>(integer(1), nothing), 0],
    ['a list with something else in it', list(hex), ['1', 'x']],
    ['what is no list', list(hex), '1'],
    ['too little in digits', digits(1), '0'],
    ['a sign', digits(0), '-0'],
    ['a number too long to be whole', digits(0), '9'.repeat(20)],
    ['a pace of nothing', paceKind('max'), 0],
    ['another word for a pace', paceKind('max'), 'step'],
    ['an unknown word in a list', words, 'red,blue'],
    ['an empty list as text', words, ''],
  ])('refuses %s', (_, kind, given) => {
    expect(kind.read(given)).toBeUndefined();
  });
});

describe('the expectation in an error', () => {
  it.each([
    [choiceKind('a'), 'a'],
    [choiceKind('a', 'b', 'c'), 'a, b or c'],
    [list(yesOrNo), 'a list, each true or false'],
    [oneOrMore(integer(1)), 'a whole number from 1 or a list, each a whole number from 1'],
    [paceKind('max', 'step'), 'a number above 0 or max or step'],
    [words, 'some of red,green'],
    [expecting('a colour', words), 'a colour'],
  ])('reads as a sentence does', (kind: Kind<unknown>, expected) => {
    expect(kind.expected).toBe(expected);
  });

  it('is printed for a wrong value, or the closest word is', () => {
    expect(describeWrong('--mode', 'x', choiceKind('table', 'json'))).toEqual({
      what: '--mode is "x"',
      hint: 'expected table or json',
    });
    expect(() => requireKind('--mode', 'jsno', choiceKind('table', 'json'))).toThrow(
      expect.objectContaining({ message: '--mode is "jsno"', hint: 'did you mean json?' }) as Error,
    );
    expect(describeWrong('"mode"', 'x'.repeat(1000), yesOrNo).what).toMatch(/^"mode" is "x{78}…$/);
    const endless: unknown[] = [];
    endless.push(endless);
    expect(describeWrong('"mode"', endless, yesOrNo).what).toBe('"mode" is nested too deep');
    expect(describeWrong('"token"', 's3cret', yesOrNo, 'a string').what).toBe('"token" is a string');
  });
});
