/** Records of CSV: those of RFC 4180, and other contents of files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../src/library/forms/csv-cells.js';

const read = (text: string): unknown => [...csvRecords(text.split('\n'))];
const quoted = (cell: string | null): string => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);

describe('records of CSV', () => {
  // The examples of RFC 4180 section 2.
  it.each([
    ['aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n', [1, ['aaa', 'bbb', 'ccc']], [2, ['zzz', 'yyy', 'xxx']]],
    ['"aaa","bbb","ccc"\r\nzzz,yyy,xxx', [1, ['aaa', 'bbb', 'ccc']], [2, ['zzz', 'yyy', 'xxx']]],
    ['"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx', [1, ['aaa', 'b\r\nbb', 'ccc']], [3, ['zzz', 'yyy', 'xxx']]],
    ['"aaa","b""bb","ccc"', [1, ['aaa', 'b"bb', 'ccc']]],
    ['\uFEFF"id",,""\n\n,', [1, ['id', null, '']], [3, [null, null]]],
  ])('are read from %j', (text, ...records) => {
    expect(read(text)).toEqual(records.map(([line, cells]) => ({ line, cells })));
  });

  it.each(['"a', 'a"b,"c', ',x"y,"abc', '"a"b"",c'])('are none in %j', (text) => {
    expect(read(text)).toEqual([{ line: 1, cells: null }]);
  });

  it('are read back from any cells that were written', () => {
    const cell = fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\uFEFF') }));
    const record = fc.array(cell, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const text = records.map((cells) => cells.map(quoted).join(',')).join('\r\n');
        expect([...csvRecords(text.split('\n'))].map(({ cells }) => cells)).toEqual(records);
      }),
    );
  });

  it('end in a result or an error for any file', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r') }), (text) => {
        for (const { cells, line } of csvRecords(text.split('\n'))) {
          expect(line).toBeGreaterThan(0);
          expect(cells === null || cells.length > 0).toBe(true);
        }
      }),
    );
  });
});
