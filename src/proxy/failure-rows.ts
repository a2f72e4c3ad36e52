/**
 * Failed upgrades in the recording: the first of a kind have rows of their own, the others of the next ten seconds share
 * one with their number, so that a client that retries without a pause while its gateway is down does not fill the
 * database.
 */

/** Rows of their own of one kind within one window. */
const MAX_ROWS = 5;
const WINDOW_MS = 10_000;
/** Kinds that are counted separately; all further failures count as one kind. */
const MAX_KINDS = 100;

/** Writes a row: the first failure, the time of the last, and the number of further failures that it counts. */
type WriteRow<Failure> = (first: Failure, lastAtUs: number, repeats: number) => void;

interface Window<Failure> {
  readonly timer: NodeJS.Timeout;
  rows: number;
  /** Failures without a row yet. */
  folded: { readonly first: Failure; lastAtUs: number; repeats: number } | null;
}

/** Decides which failed upgrades have a row, and counts the others. */
export class FailureRows<Failure> {
  readonly #write: WriteRow<Failure>;
  readonly #windows = new Map<string, Window<Failure>>();

  constructor(write: WriteRow<Failure>) {
    this.#write = write;
  }

  /** Records a failure at once, or together with others; `kind` is its status and target. */
  add(kind: string, failure: Failure, atUs: number): void {
    const window = this.#window(this.#windows.has(kind) || this.#windows.size < MAX_KINDS ? kind : '');
    if (window.rows < MAX_ROWS) {
      window.rows += 1;
      this.#write(failure, atUs, 0);
    } else if (window.folded === null) {
      window.folded = { first: failure, lastAtUs: atUs, repeats: 0 };
    } else {
      window.folded.lastAtUs = atUs;
      window.folded.repeats += 1;
    }
  }

  /** Writes the rows that are still due. */
  close(): void {
    for (const key of [...this.#windows.keys()]) this.#end(key);
  }

  #window(key: string): Window<Failure> {
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const timer = setTimeout(() => this.#end(key), WINDOW_MS).unref();
    const window = { timer, rows: 0, folded: null };
    this.#windows.set(key, window);
    return window;
  }

  #end(key: string): void {
    const window = this.#windows.get(key);
    this.#windows.delete(key);
    clearTimeout(window?.timer);
    const folded = window?.folded ?? null;
    if (folded !== null) this.#write(folded.first, folded.lastAtUs, folded.repeats);
  }
}
