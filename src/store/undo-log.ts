/**
 * Undo log: changes in memory to take back when a transaction is rolled back.
 *
 * A batch is written completely or not at all, and the maps in memory have to follow.
 */
/** Collects steps and takes them back in reverse. */
export class UndoLog {
  readonly #steps: (() => void)[] = [];

  /** Sets `key` of `map`, and keeps the previous value for undo. */
  set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key);
    const had = map.has(key);
    map.set(key, value);
    this.#steps.push(() => (had ? map.set(key, before as V) : map.delete(key)));
  }

  /** Remembers how to take something back. */
  onRollback(step: () => void): void {
    this.#steps.push(step);
  }

  /** The transaction is written: nothing to take back any more. */
  commit(): void {
    this.#steps.length = 0;
  }

  /** Takes everything back, last step first. */
  rollback(): void {
    for (const step of this.#steps.reverse()) step();
    this.#steps.length = 0;
  }
}
