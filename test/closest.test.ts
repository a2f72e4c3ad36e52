/** What someone who mistyped a word probably meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, didYouMean } from '../src/closest.js';

const KEYS = ['listen', 'upstream', 'api', 'db', 'redact', 'maxPayloadBytes'];

describe('closest', () => {
  it.each([
    ['lsten', 'listen'],
    ['lisetn', 'listen'],
    ['Upstream', 'upstream'],
    ['maxPayload', 'maxPayloadBytes'],
    ['maxpayloadbytes', 'maxPayloadBytes'],
    ['reddact', 'redact'],
    ['xy', null],
    ['zzz', null],
    ['', null],
  ])('the closest word to %j is %j', (word, expected) => {
    expect(closest(word, KEYS)).toBe(expected);
  });

  it('finds any word after one slip of the fingers', () => {
    const slip = fc.tuple(
      fc.constantFrom('listen', 'upstream', 'redact'),
      fc.nat(5),
      fc.constantFrom('', 'q'),
    );
    fc.assert(
      fc.property(slip, ([word, at, put]) => {
        expect(closest(word.slice(0, at) + put + word.slice(at + 1), KEYS)).toBe(word);
      }),
      { numRuns: 100 },
    );
  });

  it('does not compare very long words', () => {
    expect(closest('x'.repeat(1_000_000), KEYS)).toBeNull();
  });
});

describe('didYouMean', () => {
  it('suggests a word, or else lists the choices', () => {
    expect(didYouMean('lsten', KEYS, 'see the list')).toBe('did you mean listen?');
    expect(didYouMean('zzz', KEYS, 'see the list')).toBe('see the list');
  });
});
