/**
 * Failed upgrades in the recording: only the first of a kind are rows, so that a client that retries without a pause
 * while its gateway is down does not fill the database. The number of the others is logged.
 */
import type { Log } from '../host.js';

/** Rows of one kind within one window. */
const MAX_ROWS = 20;
const WINDOW_US = 10_000_000;
/** Kinds that are counted separately; all further failures count as one kind. */
const MAX_KINDS = 100;

interface Window {
  readonly sinceUs: number;
  rows: number;
  leftOut: number;
}

/** Decides which failed upgrades are recorded. */
export class FailureRows {
  readonly #log: Log;
  readonly #windows = new Map<string, Window>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Whether this failure becomes a row; `kind` is its status and target. */
  isRecorded(kind: string, atUs: number): boolean {
    const key = this.#windows.has(kind) || this.#windows.size < MAX_KINDS ? kind : '';
    const before = this.#windows.get(key);
    const isOver = before === undefined || atUs - before.sinceUs >= WINDOW_US;
    const window = isOver ? { sinceUs: atUs, rows: 0, leftOut: 0 } : before;
    if (isOver && before !== undefined && before.leftOut > 0) this.#tell(before.leftOut);
    this.#windows.set(key, window);
    if (window.rows < MAX_ROWS) window.rows += 1;
    else window.leftOut += 1;
    return window.leftOut === 0;
  }

  /** Logs the counts that are not logged yet. */
  close(): void {
    for (const { leftOut } of this.#windows.values()) if (leftOut > 0) this.#tell(leftOut);
    this.#windows.clear();
  }

  #tell(leftOut: number): void {
    this.#log('warn', `${leftOut} more upgrades failed like the ${MAX_ROWS} before: not recorded each`);
  }
}
