/** Rows as tables, JSON arrays and CSV. */
import { describe, expect, it } from 'vitest';
import { type Column, Table, csvLine, jsonArray } from '../../src/cli/format.js';
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

describe('jsonArray', () => {
  it.each([[[]], [[1]], [[1, 'two', { three: 3 }]]])('of %j is JSON, one element a line', (elements) => {
    const lines = [...jsonArray(elements.map((element) => JSON.stringify(element)))];
    expect(JSON.parse(lines.join('\n'))).toEqual(elements);
    expect(lines).toHaveLength(elements.length === 0 ? 1 : elements.length + 2);
  });
});
