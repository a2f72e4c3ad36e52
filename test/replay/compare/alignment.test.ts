import { describe, expect, it } from 'vitest';
import { Alignment, type Alignable } from '../../../src/replay/compare/alignment.js';

/** `a1x` is of kind `a`, with identity `a1`. */
class Letter implements Alignable {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  get kind(): string {
    return this.key.charAt(0);
  }

  get identity(): string {
    return this.key.slice(0, 2);
  }

  equals(other: Letter): boolean {
    return this.key === other.key;
  }
}

const align = (expected: string, actual: string): Alignment<Letter> =>
  new Alignment(
    expected
      .split(' ')
      .filter(Boolean)
      .map((key) => new Letter(key)),
    actual
      .split(' ')
      .filter(Boolean)
      .map((key) => new Letter(key)),
  );

describe('an alignment', () => {
  it('of more elements than fit on the stack is found', () => {
    const many = (letter: string): Letter[] =>
      Array.from({ length: 130_000 }, (_, n) => new Letter(`${letter}${n}`));
    expect(new Alignment(many('a'), many('b')).missing).toHaveLength(130_000);
  });

  it.each([
    ['a b c', 'a b c', { pairs: 3 }],
    ['a b c', 'a c', { pairs: 2, missing: [1] }],
    ['a c', 'a b c', { pairs: 2, unexpected: [1] }],
    ['', 'a', { pairs: 0, unexpected: [0] }],
    ['a', '', { pairs: 0, missing: [0] }],
    ['a b c d', 'b c d a', { pairs: 3, moved: [{ expected: 0, actual: 3 }] }],
    ['a1x b', 'a1y b', { pairs: 1, likely: [{ expected: 0, actual: 0 }] }],
    ['a1x a2x b', 'a2y b', { pairs: 1, likely: [{ expected: 1, actual: 0 }], missing: [0] }],
    ['a1x c b', 'a2x c b', { pairs: 2, likely: [{ expected: 0, actual: 0 }] }],
  ])('of %j and %j', (expected, actual, result) => {
    const { pairs, likely, moved, missing, unexpected } = align(expected, actual);
    const all = { likely: [], moved: [], missing: [], unexpected: [], ...result };
    expect({ pairs, likely, moved, missing, unexpected }).toEqual(all);
  });
});
