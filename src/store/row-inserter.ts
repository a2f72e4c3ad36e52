/**
 * Row inserter: inserts many rows by one statement, because one statement per row costs half again as much.
 *
 * Values are put one by one into a flat array; a full array is one INSERT. The rest of a batch is inserted row by row.
 * Measured in test/bench.
 */
import type { Database, SqlValue, Statement } from './database.js';

/** Rows of one statement. */
const ROWS = 50;

/** Collects rows for one table. */
export class RowInserter {
  readonly #many: Statement<[readonly SqlValue[]]>;
  readonly #one: Statement<[readonly SqlValue[]]>;
  readonly #columns: number;
  readonly #values: SqlValue[];
  #length = 0;

  /** `into`: the table with its columns. `row`: the row's value list, such as `(?, CAST(? AS TEXT))`. */
  constructor(db: Database, into: string, row: string) {
    this.#columns = row.split('?').length - 1;
    this.#values = new Array<SqlValue>(this.#columns * ROWS).fill(null);
    this.#one = db.prepare(`INSERT INTO ${into} VALUES ${row}`);
    this.#many = db.prepare(`INSERT INTO ${into} VALUES ${new Array<string>(ROWS).fill(row).join()}`);
  }

  /** Puts the next value of the row. */
  put(value: SqlValue): this {
    this.#values[this.#length++] = value;
    return this;
  }

  /** Ends the row; inserts when enough are there. */
  endRow(): void {
    if (this.#length < this.#values.length) return;
    this.#many.run(this.#values);
    this.#length = 0;
  }

  /** Inserts the rows that are waiting. */
  flush(): void {
    for (let start = 0; start < this.#length; start += this.#columns) {
      this.#one.run(this.#values.slice(start, start + this.#columns));
    }
    this.discard();
  }

  /** Drops the waiting rows, and releases their bytes. */
  discard(): void {
    this.#values.fill(null, 0, this.#length);
    this.#length = 0;
  }
}
