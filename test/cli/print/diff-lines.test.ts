/** A comparison as text, in every format. */
import { describe, expect, it } from 'vitest';
import { formatDiff } from '../../../src/cli/print/diff-lines.js';
import { createPaint } from '../../../src/cli/print/paint.js';
import type { Diff } from '../../../src/replay/compare/payload-diff.js';

const canvas = { paint: createPaint({}, true, {}), width: Infinity };
const EQUAL: Diff = { equal: true, matched: 36, missing: [], unexpected: [], reordered: [], changed: [] };
const DIFFERENT: Diff = {
  equal: false,
  matched: 1234,
  missing: [{ index: 21, op: 7, event: null, seq: null }],
  unexpected: [{ index: 0, op: 0, event: 'READY', seq: 1 }],
  reordered: [{ index: 2, actualIndex: 3, op: null, event: null, seq: null }],
  changed: [
    { index: 4, op: 0, event: 'X', path: 'd.a', expected: 'x'.repeat(100), actual: [1] },
    { index: 4, op: 0, event: 'X', path: 'd.b', expected: null },
  ],
};
const lines = (diff: Diff, format: 'table' | 'json' | 'ndjson' | 'csv'): string[] => [
  ...formatDiff(diff, format, canvas),
];

describe('diffLines', () => {
  it('prints one line if both agree', () => {
    expect(lines(EQUAL, 'table')).toEqual(['equal: 36 payloads alike']);
    expect(lines(EQUAL, 'ndjson')).toEqual([]);
    expect(lines(EQUAL, 'csv')).toEqual(['kind,index,op,event,path,expected,actual']);
  });

  it('lists differences for people, counted from 1', () => {
    const [verdict, empty, ...table] = lines(DIFFERENT, 'table');
    expect(verdict).toBe(
      'different: 1,234 payloads alike, 1 missing, 1 unexpected, 1 reordered, 2 changed fields',
    );
    expect(empty).toBe('');
    expect(table.map((line) => line.split(/ {2,}/))).toEqual([
      ['DIFFERENCE', 'NO', 'OP', 'EVENT', 'FIELD', 'EXPECTED', 'ACTUAL'],
      ['missing', '22', '7', 'RECONNECT', '–', '–', '–'],
      ['unexpected', '1', '0', 'READY', '–', '–', '–'],
      ['reordered', '3', '–', 'close', '–', '–', '–'],
      ['changed', '5', '0', 'X', 'd.a', `"${'x'.repeat(58)}…`, '[1]'],
      ['changed', '5', '0', 'X', 'd.b', 'null', '–'],
    ]);
  });

  it('prints the comparison as JSON', () => {
    expect(JSON.parse(lines(DIFFERENT, 'json').join('\n'))).toEqual(DIFFERENT);
  });

  it('prints one line per difference as JSON lines and CSV', () => {
    expect(lines(DIFFERENT, 'ndjson')).toHaveLength(5);
    expect(JSON.parse(lines(DIFFERENT, 'ndjson')[4]!)).toMatchObject({
      kind: 'changed',
      path: 'd.b',
      expected: null,
    });
    expect(lines(DIFFERENT, 'csv')[1]).toBe('missing,21,7,,,,');
  });
});
