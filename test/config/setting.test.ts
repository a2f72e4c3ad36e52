/** Kinds of settings: what they accept, and what they refuse. */
import { describe, expect, it } from 'vitest';
import {
  choiceKind,
  anyKind,
  integer,
  list,
  nothing,
  someText,
  text,
  yesOrNo,
} from '../../src/config/setting.js';

const digits = text((given) => (/^\d+$/.test(given) ? Number(given) : null));

describe('a kind of setting', () => {
  it.each([
    ['text', digits, '12', 12],
    ['some text', someText, 'x', 'x'],
    ['yes or no', yesOrNo, false, false],
    ['nothing', nothing, null, null],
    ['a choice', choiceKind('a', 'b'), 'b', 'b'],
    ['an integer', integer(3), 3, 3],
    ['either of two, the first', anyKind(integer(0), digits), 0, 0],
    ['either of two, the second', anyKind(integer(1), anyKind(digits, nothing)), null, null],
    ['a list', list(digits), ['1', '2'], [1, 2]],
    ['an empty list', list(digits), [], []],
  ])('accepts %s', (_, kind, given, value) => {
    expect(kind.read(given)).toEqual(value);
  });

  it.each([
    ['other text', digits, 'x'],
    ['what is no text', digits, 12],
    ['empty text', someText, ''],
    ['a word for yes', yesOrNo, 'true'],
    ['undefined for nothing', nothing, undefined],
    ['another word', choiceKind('a', 'b'), 'c'],
    ['what is no word', choiceKind('a', 'b'), ['a']],
    ['too little', integer(3), 2],
    ['half an integer', integer(0), 0.5],
    ['a number too large to be whole', integer(0), 2 ** 53],
    ['neither of two', anyKind(integer(1), nothing), 0],
    ['a list with something else in it', list(digits), ['1', 'x']],
    ['what is no list', list(digits), '1'],
  ])('refuses %s', (_, kind, given) => {
    expect(kind.read(given)).toBeUndefined();
  });
});
