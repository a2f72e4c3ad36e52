/** A user's own SQL: what it may do, and what comes of it. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { CaptureReader } from '../../src/store/reader.js';
import type { SqlCell } from '../../src/store/sql-query.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { readerOf } from '../support/stores.js';

const answer = (reader: CaptureReader, sql: string): (readonly SqlCell[])[] => [...reader.sql(sql).rows];

describe('sql', () => {
  it('gives rows as SQLite has them, integers exact', () => {
    const reader = readerOf([opened(), frame({ frameNo: 1 }), frame({ frameNo: 2 })]);
    expect(
      answer(reader, `SELECT id, event, 9223372036854775807, 1.5, x'00ff', NULL FROM frame_view`),
    ).toEqual([
      [1n, 'MESSAGE_CREATE', 9223372036854775807n, 1.5, Buffer.from([0, 255]), null],
      [2n, 'MESSAGE_CREATE', 9223372036854775807n, 1.5, Buffer.from([0, 255]), null],
    ]);
  });

  it('names each column once', () => {
    const reader = readerOf([]);
    expect(reader.sql('SELECT 1 AS id, 2 AS id, 3 AS id_2, 4 AS id').columns).toEqual([
      'id',
      'id_2',
      'id_2_2',
      'id_3',
    ]);
  });

  it('takes every statement that reads', () => {
    const reader = readerOf([]);
    for (const sql of [
      '-- a comment\n/* another; */ select 1',
      'WITH a AS (SELECT 1) SELECT * FROM a;',
      'VALUES (1), (2)',
      'EXPLAIN QUERY PLAN SELECT * FROM frame',
      "SELECT * FROM pragma_table_info('frame')",
    ]) {
      expect(answer(reader, sql).length, sql).toBeGreaterThan(0);
    }
  });

  it('changes nothing, and makes no file', () => {
    const reader = readerOf([opened(), frame()]);
    const copy = scratchFile('copy.sqlite');
    for (const sql of [
      'DELETE FROM frame',
      'DELETE FROM frame RETURNING id',
      'WITH one AS (SELECT 1) DELETE FROM frame RETURNING id',
      'UPDATE frame SET wire_bytes = 1',
      'INSERT INTO opcode SELECT * FROM opcode',
      'DROP TABLE frame',
      'CREATE TEMP TABLE x (y)',
      `ATTACH '${copy}' AS copy`,
      `VACUUM INTO '${copy}'`,
      'PRAGMA query_only = OFF',
      ';PRAGMA query_only = OFF',
      'EXPLAIN PRAGMA query_only = OFF',
      '/* a */; EXPLAIN -- b\n QUERY PLAN PRAGMA query_only = OFF',
      `;; VACUUM INTO '${copy}'`,
      'PRAGMA journal_mode = DELETE',
      'BEGIN IMMEDIATE',
      "SELECT load_extension('evil')",
      "SELECT writefile('x', 'y')",
      'SELECT 1; DELETE FROM frame',
    ]) {
      expect(() => answer(reader, sql), sql).toThrow(UsageError);
    }
    expect(answer(reader, 'SELECT wire_bytes > 1, query_only FROM frame, pragma_query_only')).toEqual([
      [1n, 1n],
    ]);
    expect(existsSync(copy)).toBe(false);
  });

  it('reports the error of SQLite', () => {
    const reader = readerOf([]);
    expect(() => reader.sql('SELECT * FROM frames')).toThrow('no such table: frames');
    expect(() => reader.sql('SELECT FROM')).toThrow('syntax error');
    expect(() => answer(reader, 'SELECT ?')).toThrow('parameter');
    expect(() => reader.sql('')).toThrow('no statements');
    // Only when a row is taken does this one fail.
    const { rows } = reader.sql(`SELECT json_extract(column1, '$') FROM (VALUES ('{}'), ('{'))`);
    expect(() => [...rows]).toThrow('malformed JSON');
  });

  it('hands rows out one by one', () => {
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
    const { rows } = readerOf([]).sql(endless);
    expect([rows.next().value, rows.next().value]).toEqual([[1n], [2n]]);
    rows.return?.();
  });
});
