/** Several JSON texts in one message. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitJson } from '../../../src/wire/json/grammar.js';
import { jsonText } from '../../support/json-texts.js';

const split = (text: string): string[] =>
  splitJson(Buffer.from(text), 6).map((part) => Buffer.from(part).toString());

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
