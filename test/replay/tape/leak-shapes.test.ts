import { describe, expect, it } from 'vitest';
import { measureEntropy, isNamedSecret, LEAK_PATTERNS } from '../../../src/replay/tape/leaks.js';
import { LEAKS } from '../../support/leaks.js';

describe('leak shapes', () => {
  it.each([...new Set(LEAK_PATTERNS.map(({ kind }) => kind))])('have an example of %s', (kind) => {
    const examples = LEAKS.filter(([each]) => each === kind);
    expect(examples).not.toEqual([]);
    for (const [, secret] of examples) {
      const shapes = LEAK_PATTERNS.filter((shape) => shape.kind === kind);
      expect(shapes.some(({ pattern }) => [...secret.matchAll(pattern)].length === 1)).toBe(true);
    }
  });

  it.each([
    ['', 0],
    ['aaaa', 0],
    ['abab', 1],
    ['abcd', 2],
  ])('tell the entropy of %j as %f bits', (text, bits) => {
    expect(measureEntropy(text)).toBe(bits);
  });

  it.each([
    ['some-secret', 'access_token', true],
    ['some-secret', 'sessionId', true],
    ['short', 'token', false],
    ['Bot redacted:0123456789abcdef', 'authorization', false],
    ['123456789012', 'continuation_token', false],
    ['some-secret', 'name', false],
  ])('take %j under %j for a secret: %s', (value, key, expected) => {
    expect(isNamedSecret(value, key)).toBe(expected);
  });
});
