/** Tables: alignment, colour, narrow terminals, and cells that try to break out. */
import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../src/cli/print/paint.js';
import { type Column, Table } from '../../../src/cli/print/table.js';

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'NAME',
    align: 'left',
    text: (row) => row.name,
    style: (row) => (row.count > 1 ? 'red' : 'plain'),
  },
  { title: 'COUNT', align: 'right', text: (row) => String(row.count) },
];
const plain = { paint: createPaint({}, true, {}), width: Infinity };
const colourful = { paint: createPaint({ isTTY: true }, true, {}), width: Infinity };

describe('Table', () => {
  it('aligns columns', () => {
    expect(
      new Table(COLUMNS, plain).lines([
        { name: 'HELLO', count: 1 },
        { name: '–', count: 1234567 },
      ]),
    ).toEqual(['NAME     COUNT', 'HELLO        1', '–      1234567']);
  });

  it('keeps its heading and widths from piece to piece', () => {
    const table = new Table(COLUMNS, plain);
    expect(table.lines([{ name: 'a long name', count: 1 }])).toHaveLength(2);
    expect(table.lines([{ name: 'b', count: 22 }])).toEqual(['b               22']);
    expect(table.lines([])).toEqual([]);
  });

  it('has a heading even without rows', () => {
    expect(new Table(COLUMNS, plain).lines([])).toEqual(['NAME  COUNT']);
  });

  it('counts letters, not colours, when it aligns', () => {
    const lines = new Table(COLUMNS, colourful).lines([{ name: 'x', count: 2 }]);
    expect(lines[1]).toBe('\u001b[31mx\u001b[39m         2');
  });

  it('leaves out columns that do not fit the terminal, in all later pieces too', () => {
    const columns: readonly Column<Row>[] = [
      { title: 'FIRST', align: 'left', text: (row) => row.name, spare: 1 },
      { title: 'STAYS', align: 'left', text: () => 'x' },
      { title: 'SOONER', align: 'left', text: () => 'y', spare: 2 },
    ];
    const headingAt = (width: number): string | undefined =>
      new Table(columns, { ...plain, width }).lines([{ name: 'a long name', count: 1 }])[0];
    expect(headingAt(26)).toBe('FIRST        STAYS  SOONER');
    expect(headingAt(25)).toBe('FIRST        STAYS');
    expect(headingAt(17)).toBe('STAYS');
    const table = new Table(columns, { ...plain, width: 17 });
    table.lines([{ name: 'a long name', count: 1 }]);
    expect(table.lines([{ name: 'b', count: 1 }])).toEqual(['x']);
  });

  it('prints each row as a paragraph if the columns do not fit', () => {
    const columns: readonly Column<Row>[] = [
      { title: 'COUNT', align: 'right', text: (row) => String(row.count) },
      { title: 'SPARED', align: 'left', text: () => 'x', spare: 1 },
      { title: 'NAME', align: 'left', text: (row) => row.name },
      { title: 'NOTE', align: 'left', text: (row) => (row.count > 1 ? 'often' : '') },
    ];
    const table = new Table(columns, { ...plain, width: 20 });
    expect(table.lines([{ name: 'HELLO', count: 1 }])).toEqual(['COUNT  NAME   NOTE', '    1  HELLO']);
    const narrow = new Table(columns, { ...plain, width: 19 });
    expect(narrow.lines([{ name: 'MESSAGES', count: 12 }])).toEqual([
      'COUNT 12',
      '  NAME MESSAGES',
      '  NOTE often',
    ]);
    // A cell that is longer than a line is broken between its words.
    expect(narrow.lines([{ name: 'one two three four five six', count: 2 }])).toEqual([
      'COUNT 2  NAME one',
      '  two three four',
      '  five six',
      '  NOTE often',
    ]);
    // The layout is decided by the first rows.
    expect(narrow.lines([{ name: 'B', count: 1 }])).toEqual(['COUNT 1  NAME B']);
  });

  it('lets no cell break out of its line', () => {
    expect(new Table(COLUMNS, plain).lines([{ name: 'a\n\u001b[2J', count: 1 }])[1]).toBe('a␊␛[2J      1');
  });
});
