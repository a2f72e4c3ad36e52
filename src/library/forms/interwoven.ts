/**
 * Merges ordered streams into one: the item with the smallest key comes first.
 *
 * A strand is opened only when its turn comes, so that memory holds only the overlapping strands. The items of
 * a strand keep their order, even if a key is less than the one before it.
 */

/** One item and its sort key. */
export interface Keyed<T> {
  readonly key: number;
  readonly value: T;
}

/** One stream. */
export interface Strand<T> {
  /** No key of an item is less, but for those that are out of order. */
  readonly fromKey: number;
  readonly open: () => Iterator<Keyed<T>>;
}

interface OpenStrand<T> {
  readonly rest: Iterator<Keyed<T>>;
  /** Position among the strands, for items of the same key. */
  readonly order: number;
  key: number;
  value: T;
}

/** Items of every strand by their keys. */
export function* interwoven<T>(strands: readonly Strand<T>[]): Generator<T, void> {
  const waiting = strands
    .map((strand, order) => ({ ...strand, order }))
    .sort((one, other) => one.fromKey - other.fromKey);
  // The one whose item comes next is the last.
  const open: OpenStrand<T>[] = [];
  for (let opened = 0; ;) {
    for (let next = waiting[opened]; next !== undefined; next = waiting[opened]) {
      const first = open.at(-1);
      if (first !== undefined && first.key < next.fromKey) break;
      opened += 1;
      const strand = advanced(next.open(), next.order, next.fromKey);
      if (strand !== null) insert(open, strand);
    }
    const current = open.pop();
    if (current === undefined) return;
    yield current.value;
    const strand = advanced(current.rest, current.order, current.key);
    if (strand !== null) insert(open, strand);
  }
}

function advanced<T>(rest: Iterator<Keyed<T>>, order: number, fromKey: number): OpenStrand<T> | null {
  const next = rest.next();
  if (next.done === true) return null;
  const { key, value } = next.value;
  return { rest, order, key: Math.max(fromKey, key), value };
}

function insert<T>(open: OpenStrand<T>[], strand: OpenStrand<T>): void {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = open[middle];
    if (other !== undefined && isBefore(strand, other)) low = middle + 1;
    else high = middle;
  }
  open.splice(low, 0, strand);
}

function isBefore(one: OpenStrand<unknown>, other: OpenStrand<unknown>): boolean {
  return one.key < other.key || (one.key === other.key && one.order < other.order);
}
