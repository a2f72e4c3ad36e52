import { readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { FRAME_STATUSES } from '../../src/capture/records.js';
import { openStore } from '../../src/store/store.js';
import { scratchFile } from '../support/scratch.js';
import { storeHost } from '../support/stores.js';

const readme = readFileSync(new URL('../../migrations/README.md', import.meta.url), 'utf8');

function schema(): Sqlite.Database {
  const path = scratchFile();
  openStore(path, storeHost).close();
  return new Sqlite(path);
}

describe('migrations/README.md', () => {
  it('names every table, view and column', () => {
    const db = schema();
    const names = db
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
         UNION SELECT column.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS column WHERE t.type = 'table'`,
      )
      .pluck()
      .all();
    db.close();
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every status', () => {
    expect(FRAME_STATUSES.filter((status) => !readme.includes(`\`${status}\``))).toEqual([]);
  });
});

describe('the schema', () => {
  it('takes every status, and no other', () => {
    const db = schema();
    const insert = db.prepare(
      "INSERT INTO frame_type (sender, kind, status, op) VALUES ('client', 'text', ?, ?)",
    );
    for (const status of FRAME_STATUSES) insert.run(status, status === 'ok' ? 1 : null);
    expect(() => insert.run('fine', null)).toThrow(/CHECK/);
    expect(() => insert.run('partial', 1)).toThrow(/CHECK/);
    expect(() => insert.run('ok', 1)).toThrow(/UNIQUE/);
    db.close();
  });

  it('has no index on what every frame is written to', () => {
    const db = schema();
    const indexed = db
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('frame', 'payload', 'frame_bytes')",
      )
      .all();
    db.close();
    expect(indexed).toEqual([]);
  });
});
