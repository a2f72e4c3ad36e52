/**
 * Lock that lets one recorder at a time write to a database, while anybody reads.
 *
 * It is an exclusive lock on an empty SQLite file beside the database. The operating system drops it with
 * the process, however that ends, so a file that was left behind never blocks.
 * Source: sqlite.org/lockingv3.html.
 */
import { realpathSync, rmSync, statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { StoreError } from '../errors.js';
import { makePrivateFile } from './database.js';
import { errorCode, guarded } from './store-error.js';

/** A held lock. */
export interface RecorderLock {
  release(): void;
}

/** Takes the lock of the database file at `path`, or throws a StoreError when another recorder has it. */
export function lockForRecording(path: string): RecorderLock {
  return guarded(path, () => {
    const file = `${realpathSync(path)}-lock`;
    for (;;) {
      makePrivateFile(file);
      const before = inode(file);
      const handle = lockExclusively(file, path);
      // The holder before us removes the file as it leaves; a lock on a removed file keeps nobody out.
      if (before !== null && before === inode(file)) {
        return {
          release: (): void => {
            rmSync(file, { force: true });
            handle.close();
          },
        };
      }
      handle.close();
    }
  });
}

function lockExclusively(file: string, path: string): Sqlite.Database {
  const handle = new Sqlite(file, { timeout: 0 });
  try {
    handle.pragma('journal_mode = MEMORY');
    handle.exec('BEGIN EXCLUSIVE');
    return handle;
  } catch (error) {
    handle.close();
    if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error;
    throw new StoreError(
      `another gatetape is recording into ${path}`,
      'stop it first, or record into another file with --db',
      { cause: error },
    );
  }
}

function inode(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null;
}
