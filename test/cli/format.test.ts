/** Rows as tables, JSON arrays and CSV. */
import { describe, expect, it } from 'vitest';
import { type Column, FORMATS, RowFormatter, Table, csvLine, plainShape } from '../../src/cli/format.js';
import { paintFor } from '../../src/cli/paint.js';

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
const plain = paintFor({}, true, {});
const colourful = paintFor({ isTTY: true }, true, {});

describe('Table', () => {
  it('aligns', () => {
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

  it('lets no cell break out of its line', () => {
    expect(new Table(COLUMNS, plain).lines([{ name: 'a\n\u001b[2J', count: 1 }])[1]).toBe('a␊␛[2J      1');
  });
});

describe('csvLine', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', 1.5, null, undefined, true, [0, 1], { k: 'v' }])).toBe(
      'a,"b,c","d""e","f\ng",1.5,,,true,"[0,1]","{""k"":""v""}"',
    );
  });
});

describe('RowFormatter', () => {
  const ROWS: readonly Row[] = [
    { name: 'a', count: 1 },
    { name: 'b "c"', count: 22 },
  ];
  const shape = plainShape(COLUMNS, ['name', 'count']);

  it.each([
    ['table', ['NAME   COUNT', 'a          1', 'b "c"     22']],
    ['csv', ['name,count', 'a,1', '"b ""c""",22']],
    ['ndjson', ['{"name":"a","count":1}', '{"name":"b \\"c\\"","count":22}']],
    ['json', ['[', '{"name":"a","count":1},', '{"name":"b \\"c\\"","count":22}', ']']],
  ] as const)('prints %s', (format, lines) => {
    expect([...new RowFormatter(format, shape, plain).lines(ROWS)]).toEqual(lines);
  });

  it.each([
    ['table', ['NAME  COUNT']],
    ['csv', ['name,count']],
    ['ndjson', []],
    ['json', ['[]']],
  ] as const)('prints no rows as %s', (format, lines) => {
    expect([...new RowFormatter(format, shape, plain).lines([])]).toEqual(lines);
  });

  it('prints headings once, however many pieces the rows come in', () => {
    for (const format of ['table', 'csv'] as const) {
      const formatter = new RowFormatter(format, shape, plain);
      expect([...formatter.lines(ROWS)]).toHaveLength(3);
      expect([...formatter.lines(ROWS)]).toHaveLength(2);
    }
  });

  it.each(FORMATS)('takes rows as it goes, and not all of them first: %s', (format) => {
    let taken = 0;
    function* endless(): Generator<Row> {
      for (;;) yield { name: 'x', count: taken++ };
    }
    const lines = new RowFormatter(format, shape, plain).lines(endless());
    for (let line = 0; line < 10; line++) lines.next();
    expect(taken).toBeLessThan(1000);
  });
});
