/** Pooled statements: they answer as better-sqlite3's own do, and none of its objects becomes garbage. */
import { setTimeout as wait } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.js';
import { scratchFile } from '../support/scratch.js';

/** Held as long as the process lives: garbage of this kind is what can abort it. */
const DATABASE = new BetterSqlite(':memory:');
const NATIVE = DATABASE.prepare('SELECT 1');
const OPENED: object[] = [];

/** Statements of better-sqlite3 in this process's heap, after a collection. */
function countNativeStatements(): number {
  // Missing before Node 20.13, which package.json excludes.
  return queryObjects(NATIVE.constructor, { format: 'count' });
}

/** Class of what copies a database within `backup()`; the one that is made for it is held. */
function openBackup(path: string): new () => unknown {
  const [key = Symbol()] = Object.getOwnPropertySymbols(DATABASE);
  const native = Reflect.get(DATABASE, key) as Record<'backup', (...values: readonly unknown[]) => object>;
  const backup = native.backup(DATABASE, 'main', path, true);
  OPENED.push(backup);
  return backup.constructor as new () => unknown;
}

describe('openSqlite', () => {
  it('hands a statement out again when it is not used any more, in its first mode', async () => {
    const db = openSqlite(':memory:');
    const sql = 'SELECT 1 AS a, 2 AS b';
    const kept = db.prepare(sql).pluck();
    const before = countNativeStatements();
    for (let i = 0; i < 10; i++) {
      expect(db.prepare(sql).raw().get()).toEqual([1, 2]);
      expect(db.prepare(sql).get()).toEqual({ a: 1, b: 2 });
      expect(db.pragma('page_size', { simple: true })).toBe(4096);
      countNativeStatements(); // collects
      await wait(0); // finalizers have their turn
    }
    const after = countNativeStatements();
    // Held: no fewer than before. Pooled: a few instead of 30 more.
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - before).toBeLessThan(10);
    // A statement that is in use keeps its mode, whatever became of others with the same text.
    expect(kept.get()).toBe(1);
    db.close();
  });

  it('holds the object of a backup', async () => {
    const path = scratchFile();
    const countBackups = (): number => queryObjects(openBackup(`${path}.first`), { format: 'count' });
    const before = countBackups();
    const db = openSqlite(':memory:');
    for (let n = 0; n < 3; n += 1) await db.backup(`${path}.${n}`);
    db.close();
    await wait(0);
    expect(countBackups() - before).toBe(3 + 1);
  });

  it('keeps settings that SQLite obeys when it compiles them', () => {
    const db = openSqlite(':memory:');
    for (const value of [1, 0, 1, 0]) {
      db.pragma(`query_only = ${value}`);
      expect(db.pragma('query_only', { simple: true })).toBe(value);
    }
    db.exec('CREATE TABLE t (a)');
    const insert = db.transaction((values: readonly number[]) => {
      for (const value of values) db.prepare('INSERT INTO t VALUES (?)').run(value);
    });
    insert([1, 2, 3]);
    expect([...db.prepare<[number], { a: number }>('SELECT a FROM t WHERE a > ?').iterate(1)]).toEqual([
      { a: 2 },
      { a: 3 },
    ]);
    expect(db.pragma('table_info(t)')).toHaveLength(1);
    db.close();
  });
});
