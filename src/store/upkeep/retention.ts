/**
 * Retention: keeps a database below a size while it is being recorded, by deleting the oldest frames and REST calls.
 *
 * After each batch it deletes one bounded piece at most, so that recording is never held up for long; the freed pages
 * take the next frames, so that the file stops growing. Its size is that of the file and its log together. The
 * connections of the running capture stay, and the newest frame: a file without it is taken for one that was lost.
 */
import { sometimes } from '../../sometimes.js';
import type { Database, Statement } from '../database.js';
import { removeLeftovers, removeOldestExchanges } from './leftovers.js';
import { Pruner } from './pruner.js';
import { HOUR_US } from '../rollups.js';

/**
 * Bytes that are left for the log and the batch that is about to come: SQLite folds the log in from 1,000 pages on,
 * and the largest transactions of recorder and pruner are about as long.
 */
export const RESERVED_BYTES = 25_165_824;

/** REST calls that are deleted at a time: their bodies have a megabyte at the most, and nearly always a thousandth. */
const EXCHANGES_A_STEP = 32;

/** Keeps one database within its size. */
export class Retention {
  readonly #db: Database;
  readonly #limit: number;
  readonly #captureId: number;
  readonly #nowUs: () => number;
  readonly #used: Statement<[], number>;
  readonly #oldest: Statement<[], number | null>;
  readonly #oldestExchange: Statement<[], number | null>;
  #pruner: Pruner | null = null;
  #hourAtUs = 0;

  /** `maxBytes`: limit of file and log together; `captureId`: the running capture. */
  constructor(db: Database, maxBytes: number, captureId: number, nowUs: () => number) {
    this.#db = db;
    this.#limit = Math.max(maxBytes - RESERVED_BYTES, RESERVED_BYTES);
    this.#captureId = captureId;
    this.#nowUs = nowUs;
    this.#used = db
      .prepare<[], number>(
        `SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
      )
      .pluck();
    this.#oldest = db.prepare<[], number | null>('SELECT min(minute_at_us) FROM minute_rollup').pluck();
    this.#oldestExchange = db.prepare<[], number | null>('SELECT min(started_at_us) FROM exchange').pluck();
  }

  /** Deletes some of the oldest frames if the database is too large. Throws SQLite's errors, with no change made. */
  step(): void {
    if ((this.#used.get() ?? 0) <= this.#limit) return;
    const minuteAtUs = this.#oldest.get() ?? Infinity;
    if ((this.#oldestExchange.get() ?? Infinity) < minuteAtUs) {
      removeOldestExchanges(this.#db, EXCHANGES_A_STEP);
      return;
    }
    if (minuteAtUs === Infinity) return;
    this.#pruner ??= new Pruner(this.#db, 'size', this.#nowUs());
    if (this.#pruner.step(minuteAtUs, { keepsNewest: true }).frames > 0) sometimes('old frames made room');
    const hourAtUs = minuteAtUs - (minuteAtUs % HOUR_US);
    if (hourAtUs === this.#hourAtUs) return;
    this.#hourAtUs = hourAtUs;
    removeLeftovers(this.#db, hourAtUs, this.#captureId);
  }
}
