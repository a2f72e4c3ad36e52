import { describe, expect, it } from 'vitest';
import { RowInserter } from '../../src/store/row-inserter.js';
import { openForTest } from '../support/stores.js';

describe('rows', () => {
  it.each([0, 1, 49, 50, 51, 100, 149])('arrive in order, all %i of them', (count) => {
    const db = openForTest();
    db.exec('CREATE TABLE t (a INTEGER, b TEXT) STRICT');
    const rows = new RowInserter(db, 't (a, b)', '(?, CAST(? AS TEXT))');
    for (let i = 0; i < count; i++)
      rows
        .put(i)
        .put(Buffer.from(`row ${i}`))
        .endRow();
    rows.flush();
    rows.flush();
    expect(db.prepare('SELECT * FROM t').all()).toEqual(
      Array.from({ length: count }, (_, i) => ({ a: i, b: `row ${i}` })),
    );
  });

  it('that are discarded leave nothing, a half row included', () => {
    const db = openForTest();
    db.exec('CREATE TABLE t (a INTEGER, b INTEGER) STRICT');
    const rows = new RowInserter(db, 't (a, b)', '(?, ?)');
    rows.put(1).put(2).endRow();
    rows.put(3);
    rows.discard();
    rows.put(5).put(6).endRow();
    rows.flush();
    expect(db.prepare('SELECT * FROM t').all()).toEqual([{ a: 5, b: 6 }]);
  });
});
