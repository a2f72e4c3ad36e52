/**
 * Rows as text: tables for people; JSON, JSON lines and CSV for programs.
 *
 * Pure: rows in, lines out (without line ends). In JSON, numbers stay numbers.
 */
import { csvLine } from '../../library/forms/csv-cells.js';
import { type Canvas, type Column, Table } from './table.js';

/** Forms of output, as `--format` takes them. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

/** Form of output: one of those, or CSV whose texts a spreadsheet does not run. */
export type Format = (typeof FORMATS)[number] | 'safe-csv';

/** Rows of one kind in every format. */
export interface RowShape<Row> {
  /** Columns of the table. */
  readonly columns: readonly Column<Row>[];
  /** Heading of the CSV. */
  readonly keys: readonly string[];
  /** Cells of a line of CSV. */
  readonly values: (row: Row) => readonly unknown[];
  /** The row as JSON, on one line. */
  readonly json: (row: Row) => string;
}

/** Shape of rows whose keys and values are printed unchanged. */
export function plainShape<Row extends object>(
  columns: readonly Column<Row>[],
  keys: readonly (keyof Row & string)[],
): RowShape<Row> {
  return { columns, keys, values: (row) => keys.map((key) => row[key]), json: (row) => JSON.stringify(row) };
}

/** Rows that determine the widths of a table's columns together. */
const PAGE = 200;

/** Turns rows into lines, piece by piece. */
export class RowFormatter<Row> {
  readonly #format: (typeof FORMATS)[number];
  readonly #isSafe: boolean;
  readonly #shape: RowShape<Row>;
  readonly #table: Table<Row>;
  #isBegun = false;

  constructor(format: Format, shape: RowShape<Row>, canvas: Canvas) {
    this.#isSafe = format === 'safe-csv';
    this.#format = format === 'safe-csv' ? 'csv' : format;
    this.#shape = shape;
    this.#table = new Table(shape.columns, canvas);
  }

  /** Lines for some rows, which are read one by one; a heading comes with the first row. */
  *lines(rows: Iterable<Row>): Generator<string, void> {
    if (this.#format === 'table') yield* this.#tableLines(rows);
    if (this.#format === 'csv' && !this.#isBegun) yield csvLine(this.#shape.keys, this.#isSafe);
    if (this.#format === 'csv' || this.#format === 'ndjson') {
      for (const row of rows) yield this.#line(row);
    }
    if (this.#format === 'json') yield* this.#jsonLines(rows);
    this.#isBegun = true;
  }

  /** Lines for rows that come in pieces, piece by piece. */
  async *pieces(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Iterable<string>, void> {
    if (this.#format === 'json') yield* this.#jsonPieces(pages);
    else {
      for await (const page of pages) yield this.lines(page);
      if (!this.#isBegun) yield this.lines([]);
    }
  }

  #line(row: Row): string {
    return this.#format === 'csv' ? csvLine(this.#shape.values(row), this.#isSafe) : this.#shape.json(row);
  }

  *#tableLines(rows: Iterable<Row>): Generator<string, void> {
    let page: Row[] = [];
    for (const row of rows) {
      page.push(row);
      if (page.length < PAGE) continue;
      yield* this.#table.lines(page);
      page = [];
    }
    yield* this.#table.lines(page);
  }

  async *#jsonPieces(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Iterable<string>, void> {
    let previous: string | null = null;
    for await (const page of pages) {
      const lines: string[] = [];
      for (const row of page) {
        lines.push(previous === null ? '[' : `${previous},`);
        previous = this.#shape.json(row);
      }
      yield lines;
    }
    yield previous === null ? ['[]'] : [previous, ']'];
  }

  /** One array, complete. */
  *#jsonLines(rows: Iterable<Row>): Generator<string, void> {
    let previous: string | null = null;
    for (const row of rows) {
      yield previous === null ? '[' : `${previous},`;
      previous = this.#shape.json(row);
    }
    if (previous !== null) yield previous;
    yield previous === null ? '[]' : ']';
  }
}
