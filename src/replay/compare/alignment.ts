/**
 * Alignment: pairs the elements of two sequences.
 *
 * Equal elements pair up in order. If two differ, the walk skips to the nearest place where one side meets the other
 * again. Skipped elements pair up by identity, then by kind in order. Of the rest, equal elements on both sides have
 * moved. Linear in the lengths, except for the skips, which look ahead by position. Lists are never spread into
 * arguments, as a hundred thousand of them overflow the stack.
 */

/** An element to align. */
export interface Alignable {
  /** Equal for equal elements. */
  readonly key: string;
  readonly kind: string;
  /** Kind, and an identity within the kind, such as an id. */
  readonly identity: string;
  equals(other: this): boolean;
}

/** Positions of two elements that belong together. */
export interface Pair {
  readonly expected: number;
  readonly actual: number;
}

/** Alignment of two sequences. */
export class Alignment<Element extends Alignable> {
  /** How many elements have an equal partner in order. */
  pairs = 0;
  /** Elements of one kind that replace each other. */
  readonly likely: Pair[] = [];
  /** Equal elements in another order. */
  readonly moved: Pair[] = [];
  /** Elements of the expected sequence without a partner. */
  missing: number[] = [];
  /** Elements of the actual sequence without a partner. */
  unexpected: number[] = [];
  readonly #expected: readonly Element[];
  readonly #actual: readonly Element[];
  #places: { readonly expected: Places; readonly actual: Places } | null = null;

  constructor(expected: readonly Element[], actual: readonly Element[]) {
    this.#expected = expected;
    this.#actual = actual;
    this.#walk();
    this.#pairMoved();
    this.likely.sort((a, b) => a.expected - b.expected);
  }

  #walk(): void {
    let [i, j] = [0, 0];
    let gap = { expected: 0, actual: 0 }; // where the skipped elements begin
    for (;;) {
      const [left, right] = [this.#expected[i], this.#actual[j]];
      if (left === undefined || right === undefined) break;
      if (!left.equals(right)) {
        [i, j] = this.#skip(i, j, left.key, right.key);
        continue;
      }
      this.#closeGap(gap, { expected: i, actual: j });
      this.pairs += 1;
      [i, j] = [i + 1, j + 1];
      gap = { expected: i, actual: j };
    }
    this.#closeGap(gap, { expected: this.#expected.length, actual: this.#actual.length });
  }

  // The nearest place where one side meets the current element of the other.
  #skip(i: number, j: number, left: string, right: string): [number, number] {
    this.#places ??= { expected: new Places(this.#expected, i), actual: new Places(this.#actual, j) };
    const ahead = this.#places.actual.next(left, j) ?? Infinity;
    const behind = this.#places.expected.next(right, i) ?? Infinity;
    if (ahead === Infinity && behind === Infinity) return [i + 1, j + 1];
    return ahead - j <= behind - i ? [i, ahead] : [behind, j];
  }

  // Pairs skipped elements; the others have no partner in this gap.
  #closeGap(from: Pair, to: Pair): void {
    let left = range(from.expected, to.expected);
    let right = range(from.actual, to.actual);
    for (const tell of ['identity', 'kind'] as const) {
      if (left.length === 0 || right.length === 0) break;
      const pairs = this.#pairBy(tell, left, right);
      for (const pair of pairs) this.likely.push(pair);
      const [lefts, rights] = [
        new Set(pairs.map((pair) => pair.expected)),
        new Set(pairs.map((pair) => pair.actual)),
      ];
      left = left.filter((index) => !lefts.has(index));
      right = right.filter((index) => !rights.has(index));
    }
    for (const index of left) this.missing.push(index);
    for (const index of right) this.unexpected.push(index);
  }

  #pairBy(tell: 'identity' | 'kind' | 'key', left: readonly number[], right: readonly number[]): Pair[] {
    const open = new Map<string, number[]>();
    for (const actual of right.toReversed()) {
      const name = this.#actual[actual]?.[tell] ?? '';
      const waiting = open.get(name);
      if (waiting === undefined) open.set(name, [actual]);
      else waiting.push(actual);
    }
    return left.flatMap((expected) => {
      const actual = open.get(this.#expected[expected]?.[tell] ?? '')?.pop();
      return actual === undefined ? [] : [{ expected, actual }];
    });
  }

  #pairMoved(): void {
    if (this.missing.length === 0 || this.unexpected.length === 0) return;
    for (const pair of this.#pairBy('key', this.missing, this.unexpected)) this.moved.push(pair);
    const [lefts, rights] = [new Set<number>(), new Set<number>()];
    for (const { expected, actual } of this.moved) {
      lefts.add(expected);
      rights.add(actual);
    }
    this.missing = this.missing.filter((index) => !lefts.has(index));
    this.unexpected = this.unexpected.filter((index) => !rights.has(index));
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Where each key occurs, for look-ups whose positions only rise. */
class Places {
  readonly #positions = new Map<string, number[]>();

  constructor(elements: readonly Alignable[], from: number) {
    for (let index = elements.length - 1; index >= from; index -= 1) {
      const key = elements[index]?.key ?? '';
      const positions = this.#positions.get(key);
      if (positions === undefined) this.#positions.set(key, [index]);
      else positions.push(index);
    }
  }

  /** First position of `key` after `position`, or null. */
  next(key: string, position: number): number | null {
    const positions = this.#positions.get(key);
    while (positions !== undefined && (positions.at(-1) ?? Infinity) <= position) positions.pop();
    return positions?.at(-1) ?? null;
  }
}
