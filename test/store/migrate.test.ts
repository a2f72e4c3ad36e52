import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import {
  hashHistory,
  migrate,
  NEWEST,
  pendingMigrations,
  readMigrationFolder,
  readMigrations,
  requireCurrent,
} from '../../src/store/migrate.js';
import { hashSchema } from '../../src/store/schema.js';
import { scratchFile } from '../support/scratch.js';
import { openForTest } from '../support/stores.js';

const now = (): number => 42;

/** A database of its own, and a folder of migrations that a test may change. */
function scene(): { db: Sqlite.Database; folder: string; run: () => void; check: () => void } {
  const path = scratchFile('test.sqlite');
  const db = openForTest(path);
  const folder = join(dirname(path), 'migrations');
  mkdirSync(folder);
  writeFileSync(join(folder, '0001_first.sql'), 'CREATE TABLE first (id INTEGER PRIMARY KEY) STRICT;\n');
  writeFileSync(join(folder, '0002_second.sql'), 'ALTER TABLE first ADD COLUMN name TEXT;\n');
  writeFileSync(join(folder, 'README.md'), 'not a migration');
  const files = (): ReturnType<typeof readMigrations> => readMigrationFolder(pathToFileURL(`${folder}/`));
  return {
    db,
    folder,
    run: () => migrate(db, 'test.sqlite', now, files()),
    check: () => requireCurrent(db, 'test.sqlite', files()),
  };
}

describe('migrate', () => {
  it.each(['UTF-16le', 'UTF-16be'])(
    'refuses texts in %s, also where the schema is right or empty',
    (encoding) => {
      const { db, run, check } = scene();
      db.pragma(`encoding = '${encoding}'`);
      db.exec('CREATE TABLE t (a)');
      db.exec('DROP TABLE t');
      for (const open of [run, check]) expect(open).toThrow(`keeps its texts in ${encoding}`);
    },
  );

  it('applies what is pending, once, and keeps the books', () => {
    const { db, folder, run, check } = scene();
    expect(check).toThrow('has schema version 0, this gatetape reads version 2');
    run();
    run();
    check();
    expect(db.prepare('SELECT version, name, applied_at_us FROM migration').all()).toEqual([
      { version: 1, name: '0001_first', applied_at_us: 42 },
      { version: 2, name: '0002_second', applied_at_us: 42 },
    ]);
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    writeFileSync(join(folder, '0003_third.sql'), "INSERT INTO first (name) VALUES ('x');");
    expect(check).toThrow('has schema version 2, this gatetape reads version 3');
    run();
    expect(db.prepare('SELECT count(*) FROM first').pluck().get()).toBe(1);
  });

  it('applies a migration with its book entry, or not at all', () => {
    const { db, folder, run } = scene();
    writeFileSync(join(folder, '0002_second.sql'), 'CREATE TABLE second (id INTEGER); CREATE TABL oops;');
    expect(run).toThrow(/syntax error/);
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()).toEqual([
      'migration',
      'first',
    ]);
    expect(db.prepare('SELECT version FROM migration').pluck().all()).toEqual([1]);
  });

  it('does not mind line ends', () => {
    const { folder, run } = scene();
    run();
    writeFileSync(join(folder, '0002_second.sql'), 'ALTER TABLE first ADD COLUMN name TEXT;\r\n');
    run();
  });
});

describe('a database is refused', () => {
  it('when it is newer', () => {
    const { folder, run, check } = scene();
    run();
    rmSync(join(folder, '0002_second.sql'));
    for (const action of [run, check]) {
      expect(action).toThrow(
        expect.objectContaining({
          name: 'StoreError',
          message: 'the database test.sqlite has schema version 2, this gatetape knows versions up to 1',
          hint: 'update gatetape',
        }),
      );
    }
  });

  it('when a migration was changed', () => {
    const { folder, run } = scene();
    run();
    writeFileSync(join(folder, '0001_first.sql'), 'CREATE TABLE first (other INTEGER) STRICT;');
    expect(run).toThrow('migration 0001_first (version 1) of the database test.sqlite is not the one');
  });

  it('when a migration is missing in it', () => {
    const { db, run } = scene();
    run();
    db.exec('DELETE FROM migration WHERE version = 1');
    expect(run).toThrow('has migration 0002_second (version 2) but not 0001_first (version 1)');
  });

  it('when its migrations came in another order', () => {
    const { folder, run } = scene();
    renameSync(join(folder, '0002_second.sql'), join(folder, '0003_second.sql'));
    writeFileSync(join(folder, '0002_between.sql'), 'CREATE TABLE between_them (id INTEGER) STRICT;');
    cpSync(join(folder, '0002_between.sql'), join(folder, '..', 'kept.sql'));
    rmSync(join(folder, '0002_between.sql'));
    run();
    cpSync(join(folder, '..', 'kept.sql'), join(folder, '0002_between.sql'));
    expect(run).toThrow('has migration 0003_second (version 3) but not 0002_between (version 2)');
  });

  it('when it belongs to another program', () => {
    const { db, run, check } = scene();
    db.exec('CREATE TABLE recipe (id INTEGER)');
    for (const action of [run, check]) expect(action).toThrow('belongs to another program');
  });
});

describe('the migrations that ship', () => {
  it('are numbered without holes and apply to an empty database', () => {
    const migrations = readMigrations();
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
    const db = openForTest();
    migrate(db, 'x', now);
    expect(pendingMigrations(db, 'x', migrations)).toEqual([]);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    const loose = db
      .prepare(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'",
      )
      .pluck()
      .all();
    expect(loose).toEqual([]);
  });

  it('make the schema and the history that need no closer look', () => {
    const db = openForTest();
    migrate(db, 'x', now);
    expect({ schema: hashSchema(db), history: hashHistory(db) }).toEqual(NEWEST);
    requireCurrent(db, 'x');
    db.exec('UPDATE migration SET checksum = upper(checksum) WHERE version = 2');
    expect(() => requireCurrent(db, 'x')).toThrow('is not the one that this gatetape has');
  });
});
