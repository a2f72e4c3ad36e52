import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { OPCODES } from '../../src/gateway/opcodes.js';
import { openStore } from '../../src/store/store.js';
import { frame, opened } from '../support/records.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, recordingStore, rowsOf, storeHost } from '../support/stores.js';

describe('openStore', () => {
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

  it('leaves one file behind when it is closed', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    store.append([opened(), frame()]);
    store.close();
    store.close();
    expect(readdirSync(dirname(path))).toEqual(['capture.sqlite']);
  });

  it('puts the opcode table into the database, and corrects it', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const db = new Sqlite(path);
    db.exec("UPDATE opcode SET name = 'WRONG' WHERE op = 10");
    db.close();
    openStore(path, storeHost).close();
    expect(rowsOf(path, 'SELECT op, name FROM opcode')).toEqual(
      OPCODES.map(({ op, name }) => ({ op, name })),
    );
    expect(rowsOf(path, 'SELECT name, is_resumable FROM close_code WHERE code = 4004')).toEqual([
      { name: 'AUTHENTICATION_FAILED', is_resumable: 0 },
    ]);
  });

  it('adds captures to the same file', () => {
    const path = scratchFile();
    for (const upgradeStatus of [101, 102]) {
      const store = recordingStore(path);
      store.append([opened({ upgradeStatus }), frame(), frame({ frameNo: 2 })]);
      store.close();
    }
    expect(rowsOf(path, 'SELECT id, capture_id, upgrade_status FROM connection')).toEqual([
      { id: 1, capture_id: 1, upgrade_status: 101 },
      { id: 2, capture_id: 2, upgrade_status: 102 },
    ]);
    expect(rowsOf(path, 'SELECT id, connection_id FROM frame').map((row) => row['id'])).toEqual([1, 2, 3, 4]);
    expect(rowsOf(path, 'SELECT count(ended_at_us) AS ended FROM capture')).toEqual([{ ended: 2 }]);
  });
});

describe('a second recorder', () => {
  it('is refused while the first one records, by any name of the file', () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const link = join(dirname(path), 'link.sqlite');
    symlinkSync(path, link);
    for (const name of [path, link]) {
      expect(() => openStore(name, storeHost)).toThrow(
        expect.objectContaining({
          name: 'StoreError',
          message: `another gatetape is recording into ${name}`,
          hint: expect.stringContaining('--db') as string,
        }),
      );
    }
    store.append([opened(), frame()]);
    store.close();
    openStore(path, storeHost).close();
  });

  it('is let in after the first one was killed', async () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const lock = `${path}-lock`;
    const child = spawn(
      process.execPath,
      [
        '-e',
        `const db = new (require('better-sqlite3'))(${JSON.stringify(lock)}); db.exec('BEGIN EXCLUSIVE');
         console.log('held'); setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(() => openStore(path, storeHost)).toThrow(/another gatetape/);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    openStore(path, storeHost).close();
  });
});

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

  it('is no database', () => {
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
    const db = new Sqlite(path);
    db.exec('CREATE TABLE recipe (id INTEGER)');
    db.close();
    expect(refusal(path).message).toBe(`the database ${path} belongs to another program`);
    expect(rowsOf(path, 'SELECT name FROM sqlite_schema')).toEqual([{ name: 'recipe' }]);
  });

  it('is locked by another program', () => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    const db = new Sqlite(path);
    db.exec('BEGIN EXCLUSIVE');
    expect(refusal(path).message).toBe(`the database ${path} is locked by another program`);
    db.close();
    openStore(path, storeHost).close();
  });

  it('is a folder, or in no folder', () => {
    const path = scratchFile();
    expect(refusal(dirname(path)).message).toBe(`the database ${dirname(path)} cannot be opened`);
    expect(refusal(join(path, 'x.sqlite')).message).toBe(`the folder ${path} does not exist`);
    writeFileSync(path, '');
    expect(refusal(join(path, 'x.sqlite')).message).toBe(
      `the database ${join(path, 'x.sqlite')} cannot be opened: its folder is a file`,
    );
  });
});

describe('placeholder', () => {
  it('is equal for equal secrets, also after opening the file again', () => {
    const path = scratchFile();
    const first = openStore(path, storeHost);
    const placeholder = first.placeholder('a-token');
    expect(placeholder).toMatch(/^redacted:[0-9a-f]{16}$/);
    expect(first.placeholder('another')).not.toBe(placeholder);
    for (let i = 0; i < 5000; i++) first.placeholder(`secret ${i}`);
    expect(first.placeholder('a-token')).toBe(placeholder);
    first.close();
    const second = openStore(path, storeHost);
    expect(second.placeholder('a-token')).toBe(placeholder);
    second.close();
  });

  it('differs between databases', () => {
    const placeholders = [scratchFile('a.sqlite'), scratchFile('b.sqlite')].map((path) => {
      const store = openStore(path, storeHost);
      try {
        return store.placeholder('a-token');
      } finally {
        store.close();
      }
    });
    expect(placeholders[0]).not.toBe(placeholders[1]);
  });
});

describe('capture', () => {
  it('is needed to append', () => {
    const store = openStore(scratchFile(), storeHost);
    expect(() => store.append([])).toThrow(/beginCapture/);
    expect(store.counters().frames).toBe(0);
    store.beginCapture(captureInfo);
    store.append([]);
    store.close();
  });
});
