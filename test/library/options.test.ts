import { describe, expect, it } from 'vitest';
import { anyText, choiceKind, integer, list, oneOrMore, paceKind, yesOrNo } from '../../src/config/kinds.js';
import { ADDRESS, checkedOptions, type OptionRules } from '../../src/library/options.js';

interface Options {
  readonly name?: string;
  readonly speed?: number | 'max';
  readonly ids?: number | readonly number[];
  readonly tags?: readonly string[];
  readonly url?: string | URL;
  readonly mode?: string;
  readonly isOn?: boolean;
}

const RULES: OptionRules<Options> = {
  name: anyText,
  speed: paceKind('max'),
  ids: oneOrMore(integer(1)),
  tags: list(anyText),
  url: ADDRESS,
  mode: choiceKind('none', 'all'),
  isOn: yesOrNo,
};
const check = (options: unknown): Options => checkedOptions('call', options as Options, RULES);

describe('checkedOptions', () => {
  it('gives the same options, frozen', () => {
    const options = {
      name: 'x',
      speed: 0.5,
      ids: [1, 2],
      tags: [],
      url: new URL('ws://x'),
      mode: 'all',
      isOn: true,
    };
    expect(check(options)).toEqual(options);
    expect(Object.isFrozen(check(options))).toBe(true);
    expect(check({ speed: 'max', ids: 3, name: undefined })).toEqual({
      speed: 'max',
      ids: 3,
      name: undefined,
    });
  });

  it.each([
    [{ sped: 1 }, 'call: "sped" is not an option', 'did you mean speed?'],
    [
      { constructor: 1 },
      'call: "constructor" is not an option',
      'the options are name, speed, ids, tags, url, mode, isOn',
    ],
    [{ name: 5 }, 'call: "name" is the number 5', 'expected a string'],
    [{ speed: 0 }, 'call: "speed" is the number 0', 'expected a number above 0 or max'],
    [{ speed: 'fast' }, 'call: "speed" is a string', 'expected a number above 0 or max'],
    [
      { ids: [0] },
      'call: "ids" is a list',
      'expected a whole number from 1 or a list, each a whole number from 1',
    ],
    [{ tags: 'x' }, 'call: "tags" is a string', 'expected a list, each a string'],
    [{ url: {} }, 'call: "url" is an object', 'expected a URL'],
    [{ mode: null }, 'call: "mode" is null', 'expected none or all'],
    [{ isOn: 'yes' }, 'call: "isOn" is a string', 'expected true or false'],
  ])('refuses %o', (options, message, hint) => {
    expect(() => check(options)).toThrow(expect.objectContaining({ message, hint }) as Error);
  });
});
