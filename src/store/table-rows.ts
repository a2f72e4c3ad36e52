/**
 * Table rows: rows column by column, unchanged, for a lossless copy. Frames and their payloads have readers of their
 * own, because payloads can be packed.
 *
 * Rows are read in pages that end their statement, as with frames.
 */
import type { Database, SqlValue, Statement } from './database.js';
import { DamagedFile } from './store-error.js';

/** Tables whose rows are copied unchanged. */
export const COPIED_TABLES = [
  'capture',
  'connection',
  'session',
  'session_connection',
  'heartbeat',
  'observation',
  'gap',
  'exchange',
  'exchange_body',
] as const;

/** Name of such a table. */
export type CopiedTable = (typeof COPIED_TABLES)[number];

/** Values of a row by the names of its columns. */
export type TableRow = Readonly<Record<string, SqlValue>>;

/** Rows of one page. */
const PAGE = 500;

/** Reads rows through one handle. */
export class TableRows {
  readonly #db: Database;
  readonly #byId = new Map<string, Statement<[number], TableRow>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Every row after an id, in the order of the ids. */
  *list(table: CopiedTable, afterId: number): Generator<TableRow, void> {
    const page = this.#db.prepare<[number], TableRow & { readonly row_at: number }>(
      `SELECT rowid AS row_at, * FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`,
    );
    for (let after = afterId; ;) {
      const rows = page.all(after);
      for (const { row_at: at, ...row } of rows) {
        // Beyond ±2^53 an id is rounded, and the page would come again.
        if (at <= after) throw new DamagedFile(`a row of ${table} has an id that no recorder gives`);
        after = at;
        yield row;
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Row with `id`, or null. */
  find(table: CopiedTable, id: number): TableRow | null {
    let byId = this.#byId.get(table);
    if (byId === undefined) {
      byId = this.#db.prepare<[number], TableRow>(`SELECT * FROM ${table} WHERE rowid = ?`);
      this.#byId.set(table, byId);
    }
    return byId.get(id) ?? null;
  }
}
