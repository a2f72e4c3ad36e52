import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBeingWritten } from '../../src/store/lock.js';
import { openStore } from '../../src/store/store.js';
import { frame, opened } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore, storeHost } from '../support/stores.js';

it('a lock whose file cannot be removed is given back', () => {
  const path = scratchFile();
  const store = recordingStore(path);
  const lock = `${path}-lock`;
  renameSync(lock, `${lock}-away`);
  mkdirSync(lock);
  store.letGo();
  rmSync(lock, { recursive: true });
  renameSync(`${lock}-away`, lock);
  openStore(path, storeHost).close();
  expect(existsSync(lock)).toBe(false);
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
          message: `another gatetape is writing to ${name}`,
          hint: expect.stringContaining('--db') as string,
        }),
      );
    }
    store.append([opened(), frame()]);
    store.close();
    openStore(path, storeHost).close();
  });

  it.each([
    ['a link', (lock: string): void => symlinkSync(`${lock}-victim`, lock)],
    ['a folder', (lock: string): void => mkdirSync(lock)],
  ])('is refused where something else has the name of the lock: %s', (_, place) => {
    const path = scratchFile();
    openStore(path, storeHost).close();
    place(`${path}-lock`);
    expect(() => openStore(path, storeHost)).toThrow(`${path}-lock is in the way of the lock`);
    expect(isBeingWritten(path)).toBe(false);
    expect(existsSync(`${path}-lock-victim`)).toBe(false);
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
