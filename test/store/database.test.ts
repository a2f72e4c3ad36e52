import { execFileSync } from 'node:child_process';
import { on } from 'node:events';
import {
  existsSync,
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
  writeFileSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { openReader } from '../../src/store/reader.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { openForTest, recordingStore, rowsOf, storeHost, storeRecords } from '../support/stores.js';

describe('files', () => {
  it('makes files that only their owner can read', () => {
    const path = scratchFile();
    const before = process.umask(0);
    try {
      recordingStore(path).append([opened(), frame()]);
    } finally {
      process.umask(before);
    }
    const modes = readdirSync(dirname(path)).map((name) => [
      name,
      (statSync(join(dirname(path), name)).mode & 0o777).toString(8),
    ]);
    expect(Object.fromEntries(modes)).toEqual({
      'capture.sqlite': '600',
      'capture.sqlite-wal': '600',
      'capture.sqlite-shm': '600',
      'capture.sqlite-lock': '600',
    });
  });

  it('makes a file private that was not', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    chmodSync(path, 0o644);
    openStore(path, storeHost).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

// inotify, which Linux alone has, reports every file that was there for a moment.
it.skipIf(process.platform !== 'linux')(
  'has no journal that a kill could leave behind, when it is opened and when it is closed (Linux)',
  async () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const watcher = watch(dirname(path));
    onTestFinished(() => {
      watcher.close();
    });
    const events = on(watcher, 'change') as AsyncIterable<[string, string]>;
    openStore(path, storeHost).close();
    writeFileSync(join(dirname(path), 'end'), '');
    const names = new Set<string>();
    for await (const [, name] of events) {
      if (name === 'end') break;
      names.add(name);
    }
    expect(names).toContain('capture.sqlite-wal');
    expect(names).not.toContain('capture.sqlite-journal');
  },
);

describe('a file that cannot be used', () => {
  const refusal = (path: string): StoreError => {
    try {
      openStore(path, storeHost).close();
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
    throw new Error('the file was taken');
  };

  it('is not a database', () => {
    const path = scratchFile();
    writeFileSync(
      path,
      'this is a shopping list, not a database, and it is long enough to look at\n'.repeat(20),
    );
    const error = refusal(path);
    expect(error.message).toBe(`the database ${path} is not a database`);
    expect(error.hint).not.toBe('');
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });

  it("is another program's database", () => {
    const path = scratchFile();
    const db = openSqlite(path);
    db.exec('CREATE TABLE recipe (id INTEGER)');
    db.close();
    expect(refusal(path).message).toBe(`the database ${path} belongs to another program`);
    expect(rowsOf(path, 'SELECT name FROM sqlite_schema')).toEqual([{ name: 'recipe' }]);
  });

  it.each(['WAL', 'DELETE'])(
    "is another program's database in mode %s: it stays byte for byte as it was",
    (mode) => {
      const path = scratchFile();
      const db = openSqlite(path);
      db.pragma(`journal_mode = ${mode}`);
      db.exec('CREATE TABLE recipe (id INTEGER)');
      db.close();
      chmodSync(path, 0o644);
      const before = readFileSync(path);
      expect(refusal(path).message).toBe(`the database ${path} belongs to another program`);
      expect(readFileSync(path)).toEqual(before);
      expect(statSync(path).mode & 0o777).toBe(0o644);
      expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
    },
  );

  it.each(['with a log', 'without a log'])('is an empty database (%s): it is used', (what) => {
    const path = scratchFile();
    const db = openForTest(path);
    db.pragma('journal_mode = WAL');
    if (what === 'without a log') db.close();
    openStore(path, storeHost).close();
    expect(rowsOf(path, 'SELECT count(*) AS n FROM capture')).toEqual([{ n: 0 }]);
  });

  it('is not a database: its file mode is unchanged', () => {
    const path = scratchFile();
    writeFileSync(path, 'milk, eggs', { mode: 0o644 });
    expect(refusal(path).message).toBe(`the database ${path} is not a database`);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it.runIf(process.geteuid?.() === 0).each(['', 'ours'])("is another user's file (%s)", (what) => {
    const path = scratchFile();
    if (what === '') writeFileSync(path, '');
    else openStore(path, storeHost).close();
    chmodSync(path, 0o666);
    chownSync(path, 65534, 65534);
    const before = readFileSync(path);
    expect(refusal(path).message).toBe(`the database ${path} belongs to another user`);
    expect([readFileSync(path), statSync(path).uid, statSync(path).mode & 0o777]).toEqual([
      before,
      65534,
      0o666,
    ]);
  });

  it('is locked by another program', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const db = openSqlite(path);
    db.exec('BEGIN EXCLUSIVE');
    expect(refusal(path).message).toBe(`the database ${path} is locked by another program`);
    db.close();
    openStore(path, storeHost).close();
  });

  it('is a folder, or in no folder', () => {
    const path = scratchFile();
    expect(refusal(dirname(path)).message).toBe(`${dirname(path)} is a folder`);
    expect(refusal(join(path, 'x.sqlite')).message).toBe(`the folder ${path} does not exist`);
    writeFileSync(path, '');
    expect(refusal(join(path, 'x.sqlite')).message).toBe(
      `the database ${join(path, 'x.sqlite')} cannot be opened: its folder is a file`,
    );
  });
});

const MORTAL = 65534;

/** Runs `action` as a user other than root, because permissions do not restrict root. */
function asMortal(action: () => void): void {
  if (process.geteuid?.() !== 0) {
    action();
    return;
  }
  process.seteuid!(MORTAL);
  try {
    action();
  } finally {
    process.seteuid!(0);
  }
}

/** Whether such a user can read the migrations: not where this checkout is below a folder of root alone. */
function canMortalEnter(): boolean {
  let isReadable = false;
  asMortal(() => (isReadable = existsSync(new URL('../../migrations/0001_capture.sql', import.meta.url))));
  return isReadable;
}

const isLockedIn = !canMortalEnter();
if (isLockedIn) console.log('skipped: a read-only database as another user, who cannot enter this checkout');

describe('a reader', () => {
  it('outlives recorders that come and go', () => {
    const path = scratchFile();
    recordingStore(path).close();
    const reader = openReader(path);
    for (const count of [1, 2, 3]) {
      const store = recordingStore(path);
      store.append([opened(), frame()]);
      expect([...reader.frames()]).toHaveLength(count);
      store.close();
      expect(reader.stats().total.count).toBe(count);
    }
    reader.close();
    recordingStore(path).close();
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });
});

describe('a database that may only be read', () => {
  it.skipIf(isLockedIn)('is read, from a read-only folder too, and refused for recording', () => {
    const path = storeRecords([opened(), frame()]);
    chmodSync(path, 0o444);
    if (process.geteuid?.() === 0) chownSync(path, MORTAL, MORTAL);
    chmodSync(dirname(path), 0o555);
    onTestFinished(() => chmodSync(dirname(path), 0o755));
    asMortal(() => {
      const reader = openReader(path);
      expect([...reader.frames()]).toHaveLength(1);
      expect(reader.stats().total.count).toBe(1);
      reader.close();
      expect(() => openStore(path, storeHost)).toThrow(StoreError);
    });
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
    chmodSync(dirname(path), 0o777);
    asMortal(() => {
      expect(() => openStore(path, storeHost)).toThrow(`the database ${path} is read-only`);
    });
  });

  it('says what to do when it was killed or copied, and its folder is read-only', () => {
    const path = scratchFile();
    recordingStore(path).append([opened(), frame()]);
    const copy = scratchFile('copy.sqlite');
    copyFileSync(path, copy);
    chmodSync(copy, 0o444);
    chmodSync(dirname(copy), 0o555);
    onTestFinished(() => chmodSync(dirname(copy), 0o755));
    asMortal(() => {
      expect(() => openReader(copy)).toThrow(
        expect.objectContaining({
          name: 'StoreError',
          message: `the database ${copy} was not closed cleanly, and its folder is read-only`,
          hint: expect.stringContaining('copy') as string,
        }),
      );
    });
  });

  it('is not written to by a reader', () => {
    const path = scratchFile();
    recordingStore(path).close();
    const before = statSync(path).mtimeMs;
    const reader = openReader(path);
    reader.stats();
    reader.close();
    expect(statSync(path).mtimeMs).toBe(before);
  });
});

describe('a file that cannot be read', () => {
  it('is not there, no database, or empty', () => {
    const path = scratchFile();
    expect(() => openReader(path)).toThrow(
      expect.objectContaining({ name: 'StoreError', message: `there is no database ${path}` }),
    );
    writeFileSync(path, '');
    expect(() => openReader(path)).toThrow('has schema version 0');
    writeFileSync(path, 'not a database at all, only words and more words\n'.repeat(50));
    expect(() => openReader(path)).toThrow(`the database ${path} is not a database`);
    expect(() => openReader(dirname(path))).toThrow(StoreError);
  });

  it('is damaged', () => {
    const path = storeRecords([
      opened(),
      ...Array.from({ length: 5000 }, (_, i) => frame({ frameNo: i + 1 })),
    ]);
    const good = readFileSync(path);
    writeFileSync(path, Buffer.from(good).fill(0xff, 8192));
    expect(() => openReader(path)).toThrow(`the database ${path} is damaged`);
    writeFileSync(path, good.fill(0xff, Math.floor(good.length / 2)));
    const reader = openReader(path);
    expect(() => [...reader.frames()]).toThrow(`the database ${path} is damaged`);
    reader.close();
  });
});

it('a pipe instead of a database is refused without waiting for it', () => {
  const path = scratchFile('pipe');
  execFileSync('mkfifo', [path]);
  expect(() => openReader(path)).toThrow(/is not a file$/);
  expect(() => openStore(path, storeHost)).toThrow(/is not a file$/);
});

it('something else under the name of a journal is named, and not the folder', () => {
  const path = scratchFile();
  openStore(path, storeHost).close();
  writeFileSync(`${path}.other`, 'x');
  symlinkSync(`${path}.other`, `${path}-wal`);
  expect(() => openReader(path)).toThrow(
    `the database ${path} was not closed cleanly, and its -wal, -shm or -journal cannot be used`,
  );
});

it('a change that a killed process has not finished is named, and taken back by the next writer', () => {
  const path = scratchFile();
  openStore(path, storeHost).close();
  const killed = `${path}.killed`;
  const db = openForTest(path);
  db.pragma('cache_size = 1');
  db.exec('CREATE TABLE filler (bytes)');
  db.exec('BEGIN');
  db.exec('INSERT INTO filler SELECT randomblob(8000) FROM opcode, opcode AS other LIMIT 100');
  // What a kill leaves here.
  for (const end of ['', '-journal']) copyFileSync(path + end, killed + end);
  db.exec('ROLLBACK');
  expect(() => openReader(killed)).toThrow(
    `the database ${killed} was being changed when its program was killed`,
  );
  const next = openSqlite(killed);
  expect(next.prepare('SELECT count(*) FROM filler').pluck().get()).toBe(0);
  next.exec('DROP TABLE filler');
  next.close();
  openReader(killed).close();
});
