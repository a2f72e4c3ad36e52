/** Rows as tables, JSON arrays and CSV. */
import { describe, expect, it } from 'vitest';
import { FORMATS, RowFormatter, plainShape } from '../../../src/cli/print/format.js';
import { csvLine } from '../../../src/library/forms/csv-cells.js';
import { createPaint } from '../../../src/cli/print/paint.js';
import type { Column } from '../../../src/cli/print/table.js';

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

describe('csvLine', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', 1.5, null, undefined, true, [0, 1], { k: 'v' }], false)).toBe(
      'a,"b,c","d""e","f\ng",1.5,,,true,"[0,1]","{""k"":""v""}"',
    );
  });
});

describe('a safe line of CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "'=1"])(
    'has an apostrophe before the text %j',
    (text) => {
      expect(csvLine([text], true).replaceAll('"', '')).toBe(`'${text}`);
      expect(csvLine([text], false).replaceAll('"', '')).toBe(text);
    },
  );

  it('leaves numbers and harmless texts unchanged', () => {
    expect(csvLine([-1, -1.5, 'a=b', "'a", '', null, [-1]], true)).toBe("-1,-1.5,a=b,'a,,,[-1]");
  });

  it('is printed by queries', () => {
    const shape = plainShape(COLUMNS, ['name', 'count']);
    const rows = [{ name: '=cmd()', count: -1 }];
    expect([...new RowFormatter('safe-csv', shape, plain).lines(rows)]).toEqual(['name,count', "'=cmd(),-1"]);
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

  it('prints headings once for rows in several pieces', () => {
    for (const format of ['table', 'csv'] as const) {
      const formatter = new RowFormatter(format, shape, plain);
      expect([...formatter.lines(ROWS)]).toHaveLength(3);
      expect([...formatter.lines(ROWS)]).toHaveLength(2);
    }
  });

  it.each(FORMATS)('reads rows one by one while it prints: %s', (format) => {
    let taken = 0;
    function* endless(): Generator<Row> {
      for (;;) yield { name: 'x', count: taken++ };
    }
    const lines = new RowFormatter(format, shape, plain).lines(endless());
    for (let line = 0; line < 10; line++) lines.next();
    expect(taken).toBeLessThan(1000);
  });
});
