/**
 * Tables for people: aligned, coloured on a terminal, and no wider than it.
 *
 * On a narrow terminal the less important columns are left out. If the rest still does not fit, as on 40 columns, each
 * row is a paragraph instead: titles beside cells, continued on indented lines.
 *
 * Pure: rows in, lines out (without line ends).
 */
import { printable } from '../../printable.js';
import type { Paint, Style } from './paint.js';

/** A column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The row's cell, on one line. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
  /** Order in which columns are dropped on a narrow terminal, the highest first; without it the column is kept. */
  readonly spare?: number;
}

/** Output of a table. */
export interface Canvas {
  readonly paint: Paint;
  /** Columns of the terminal; Infinity without one. */
  readonly width: number;
}

const GAP = '  ';

/** A table that is printed piece by piece: columns keep the width of the widest cell so far. */
export class Table<Row> {
  readonly #canvas: Canvas;
  #columns: readonly Column<Row>[];
  readonly #widths = new Map<Column<Row>, number>();
  #isBegun = false;
  #areParagraphs = false;

  constructor(columns: readonly Column<Row>[], canvas: Canvas) {
    // Titles can be foreign text too, such as the columns of a user's statement.
    this.#columns = columns.map((column) => ({ ...column, title: printable(column.title) }));
    this.#canvas = canvas;
    for (const column of this.#columns) this.#widths.set(column, width(column.title));
  }

  /** Lines for some more rows; the heading comes before the first, whose rows decide which columns fit. */
  lines(rows: readonly Row[]): readonly string[] {
    const cells = rows.map(
      (row) => new Map(this.#columns.map((column) => [column, printable(column.text(row))])),
    );
    for (const row of cells) {
      for (const [column, cell] of row)
        this.#widths.set(column, Math.max(this.#findWidth(column), width(cell)));
    }
    const isFirst = !this.#isBegun;
    if (isFirst) this.#fit();
    this.#isBegun = true;
    if (this.#areParagraphs) {
      return rows.flatMap((row, index) =>
        this.#paragraph((column) => [cells[index]?.get(column) ?? '', column.style?.(row) ?? 'plain']),
      );
    }
    const body = rows.map((row, index) =>
      this.#line((column) => [cells[index]?.get(column) ?? '', column.style?.(row) ?? 'plain']),
    );
    return isFirst ? [this.#line((column) => [column.title, 'bold']), ...body] : body;
  }

  /** Drops columns until the rest fits. */
  #fit(): void {
    const sparable = this.#columns.filter((column) => column.spare !== undefined);
    sparable.sort((one, other) => (one.spare ?? 0) - (other.spare ?? 0));
    while (this.#lineWidth() > this.#canvas.width && sparable.length > 0) {
      const dropped = sparable.pop();
      this.#columns = this.#columns.filter((column) => column !== dropped);
    }
    this.#areParagraphs = this.#lineWidth() > this.#canvas.width;
  }

  /** Titles and cells of one row, on as many lines as they need; empty cells are left out. */
  #paragraph(formatCell: (column: Column<Row>) => readonly [text: string, style: Style]): readonly string[] {
    const { paint, width: available } = this.#canvas;
    const lines: string[] = [];
    let line = '';
    let used = 0;
    const add = (text: string, columns: number, gap: string): void => {
      if (used > 0 && used + gap.length + columns > available) {
        lines.push(line);
        line = '';
        used = 0;
      }
      const lead = used > 0 ? gap : lines.length > 0 ? GAP : '';
      line += lead + text;
      used += lead.length + columns;
    };
    for (const column of this.#columns) {
      const [cell, style] = formatCell(column);
      if (cell === '') continue;
      const title = width(column.title) + 1;
      // A cell that is longer than a line is broken between its words.
      const [first = '', ...others] =
        GAP.length + title + width(cell) <= available ? [cell] : cell.split(' ');
      add(`${paint('bold', column.title)} ${paint(style, first)}`, title + width(first), GAP);
      for (const word of others) add(paint(style, word), width(word), ' ');
    }
    return [...lines, line];
  }

  #lineWidth(): number {
    const gaps = GAP.length * (this.#columns.length - 1);
    return this.#columns.reduce((sum, column) => sum + this.#findWidth(column), gaps);
  }

  #findWidth(column: Column<Row>): number {
    return this.#widths.get(column) ?? 0;
  }

  #line(formatCell: (column: Column<Row>) => readonly [text: string, style: Style]): string {
    return this.#columns
      .map((column) => {
        const [cell, style] = formatCell(column);
        const space = ' '.repeat(this.#findWidth(column) - width(cell));
        const text = this.#canvas.paint(style, cell);
        return column.align === 'right' ? space + text : text + space;
      })
      .join(GAP)
      .trimEnd();
  }
}

/** The same columns for a table whose last row is a total: there the first cell is `total`, the others are empty. */
export function totalled<Row extends { readonly isTotal: boolean }>(
  columns: readonly Column<Row>[],
): readonly Column<Row>[] {
  return columns.map((column, index) => ({
    ...column,
    text: (row) => (row.isTotal ? (index === 0 ? 'total' : '') : column.text(row)),
  }));
}

function width(cell: string): number {
  return Array.from(cell).length;
}
