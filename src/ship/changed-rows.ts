/**
 * Changed rows: finds the rows of a small table that differ from those that were sent last.
 */

/** Remembers the rows of one table by their ids. */
export class ChangedRows {
  readonly #sent = new Map<number, string>();

  /** Rows that were not sent in their present state. */
  find<Row extends { readonly id: number }>(rows: readonly Row[]): readonly Row[] {
    return rows.filter((row) => this.#sent.get(row.id) !== JSON.stringify(row));
  }

  /** Remembers that rows were sent. */
  keep(rows: readonly { readonly id: number }[]): void {
    for (const row of rows) this.#sent.set(row.id, JSON.stringify(row));
  }
}
