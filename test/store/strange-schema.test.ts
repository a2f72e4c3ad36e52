/** A foreign database: no command runs anything in its schema, and differences are named. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { openReadable } from '../../src/store/database.js';
import { migrate, readMigrations } from '../../src/store/migrate.js';
import { openReader } from '../../src/store/reader.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { backUp } from '../../src/store/upkeep/backup.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { compact, prune, repair, vacuum } from '../../src/store/upkeep/upkeep.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf, storeHost } from '../support/stores.js';

const options = { nowUs: (): number => 0 };

function alter(path: string, sql: string): string {
  const db = openSqlite(path);
  db.unsafeMode(true).pragma('writable_schema = ON');
  db.exec(sql);
  db.close();
  return path;
}

/** Every way to open a database that is there. */
const WAYS: Readonly<Record<string, (path: string) => unknown>> = {
  read: openReader,
  record: (path) => openStore(path, storeHost),
  prune: (path) => [...prune(path, { beforeUs: 1 }, options)],
  compact: (path) => [...compact(path, options)],
  repair: (path) => repair(path, options),
  vacuum: (path) => vacuum(path, options),
};

it('a file with a future schema format is reported as damaged', () => {
  const path = sampleCapture();
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(5, 44); // schema format (sqlite.org/fileformat2.html section 1.3)
  writeFileSync(path, bytes);
  for (const use of Object.values(WAYS)) expect(() => use(path)).toThrow(StoreError);
});

const VIEW = `(SELECT sql FROM sqlite_schema WHERE name = 'frame_view')`;

describe('a schema that gatetape did not make', () => {
  it.each([
    [
      `UPDATE sqlite_schema SET sql = ${VIEW} || '; VACUUM INTO ''COPY''; --' WHERE name = 'frame_view'`,
      'view frame_view was altered',
    ],
    [
      "UPDATE sqlite_schema SET sql = replace(sql, 'wire_bytes', 'frame_no') WHERE name = 'opcode_stats'",
      'view opcode_stats was altered',
    ],
    ['CREATE VIEW mine AS SELECT 1', "view mine is not gatetape's"],
    ['CREATE TABLE mine (x)', "table mine is not gatetape's"],
    ['CREATE INDEX mine ON frame (at_us)', "index mine is not gatetape's"],
    ['CREATE VIRTUAL TABLE mine USING fts5(x)', "table mine is not gatetape's"],
    [
      'CREATE TRIGGER mine AFTER INSERT ON capture BEGIN DELETE FROM frame; END',
      "trigger mine is not gatetape's",
    ],
    ['DROP TABLE gap; CREATE VIEW gap AS SELECT * FROM frame', "view gap is not gatetape's"],
    ['DROP INDEX exchange_by_start', 'index exchange_by_start is missing'],
    ['ALTER TABLE opcode ADD COLUMN more TEXT', 'table opcode was altered'],
  ])('is refused by name: %s', async (sql, named) => {
    const copy = scratchFile('copy.sqlite');
    const path = alter(sampleCapture(), sql.replace('COPY', copy));
    const before = readFileSync(path);
    for (const [way, open] of Object.entries(WAYS)) {
      expect(() => open(path), way).toThrow(StoreError);
      expect(() => open(path), way).toThrow(named);
    }
    await expect(backUp(path, copy, { isForced: false, onProgress: () => undefined })).rejects.toThrow(named);
    expect(checkDatabase(path).faults[0]).toEqual({ check: 'schema', detail: named });
    expect(existsSync(copy)).toBe(false);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    'CREATE VIEW migration AS SELECT 1 AS version',
    'CREATE TABLE migration (version INTEGER PRIMARY KEY)',
  ])('is refused before its list of migrations is read: %s', (sql) => {
    const path = alter(scratchFile(), sql);
    for (const open of Object.values(WAYS)) expect(() => open(path)).toThrow('belongs to another program');
    expect(() => checkDatabase(path)).toThrow('belongs to another program');
  });

  it('is refused in every older version too, before anything is added to it', () => {
    const migrations = readMigrations();
    for (const { version } of migrations) {
      const path = scratchFile(`${version}.sqlite`);
      const db = openSqlite(path);
      migrate(db, path, options.nowUs, migrations.slice(0, version));
      db.close();
      expect(checkDatabase(path, { isQuick: true }).schemaVersion).toBe(version);
      alter(path, 'CREATE TRIGGER mine AFTER INSERT ON migration BEGIN DELETE FROM opcode; END');
      expect(() => openStore(path, storeHost)).toThrow("trigger mine is not gatetape's");
      expect(rowsOf(path, 'SELECT max(version) AS version FROM migration')).toEqual([{ version }]);
    }
  });

  it('says how an index of the user is removed, and puts no odd name into a command', () => {
    const own = alter(sampleCapture(), 'CREATE INDEX by_time ON frame (at_us)');
    expect(() => openReader(own)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('DROP INDEX by_time;') as string }),
    );
    const odd = alter(sampleCapture(), 'CREATE VIEW "x\'; touch y #" AS SELECT 1');
    expect(() => openReader(odd)).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining('touch') as string }),
    );
  });
});

describe('a handle for reading', () => {
  it('is defensive, trusts no schema and looks at cells', () => {
    const db = openReadable(sampleCapture());
    expect(db.pragma('trusted_schema', { simple: true })).toBe(0);
    expect(db.pragma('cell_size_check', { simple: true })).toBe(1);
    expect(db.pragma('query_only', { simple: true })).toBe(1);
    expect(() => db.exec("UPDATE sqlite_schema SET sql = ''")).toThrow(/readonly|may not be modified/);
    db.close();
  });

  it('has the frame_view of the migrations, with the bodies of packed frames as well', () => {
    const path = sampleCapture();
    const reader = openReader(path);
    const stored = rowsOf(path, 'SELECT * FROM frame_view ORDER BY id');
    const { columns, rows } = reader.sql('SELECT * FROM frame_view ORDER BY id');
    expect(columns).toEqual(Object.keys(stored[0]!));
    const plain = [...rows].map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)));
    expect(plain).toEqual(stored.map((row) => Object.values(row)));
    reader.close();
    Array.from(compact(path, options));
    const packed = openReader(path);
    expect([...packed.sql('SELECT payload FROM frame_view ORDER BY id').rows]).toEqual(
      stored.map(({ payload }) => [payload]),
    );
    packed.close();
  });

  it('does not expose its SQL functions to the schema of the file', () => {
    const path = sampleCapture();
    const reader = openReader(path);
    alter(path, 'CREATE VIEW late AS SELECT packed_body(1, 1, 1, 1, 1, 0, 1, x) FROM (SELECT 1 AS x)');
    expect(() => [...reader.sql('SELECT * FROM late').rows]).toThrow('unsafe use of packed_body()');
    reader.close();
  });
});
