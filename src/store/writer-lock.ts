/**
 * Lock that lets one writer at a time have a database (a recorder, an import, a pruning), while anybody reads.
 *
 * It is an exclusive lock on an empty SQLite file beside the database. The operating system drops it with
 * the process, however that ends, so a file that was left behind never blocks.
 * Source: sqlite.org/lockingv3.html.
 */
import { realpathSync, rmSync, statSync } from 'node:fs';
import { StoreError } from '../errors.js';
import { makePrivateDatabase, type Database } from './database.js';
import { errorCode, guarded } from './store-error.js';
import { openSqlite } from './sqlite.js';

/** A held lock. */
export interface WriterLock {
  release(): void;
}

/** Takes the lock of the database file at `path`, or throws a StoreError when another writer has it. */
export function lockForWriting(path: string): WriterLock {
  return guarded(path, () => {
    const file = `${realpathSync(path)}-lock`;
    for (;;) {
      makePrivateDatabase(file);
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

function lockExclusively(file: string, path: string): Database {
  const handle = openSqlite(file, { timeout: 0 });
  try {
    handle.pragma('journal_mode = MEMORY');
    handle.exec('BEGIN EXCLUSIVE');
    return handle;
  } catch (error) {
    handle.close();
    if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error;
    throw new StoreError(
      `another gatetape is writing to ${path}`,
      'stop it first, or name another file with --db',
      { cause: error },
    );
  }
}

function inode(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

/** Whether somebody holds the lock of the database file at `path`; false where that cannot be told. */
export function isBeingWritten(path: string): boolean {
  try {
    const handle = openSqlite(`${realpathSync(path)}-lock`, { timeout: 0, fileMustExist: true });
    try {
      handle.exec('BEGIN EXCLUSIVE');
      return false;
    } finally {
      handle.close();
    }
  } catch (error) {
    return errorCode(error).startsWith('SQLITE_BUSY');
  }
}
