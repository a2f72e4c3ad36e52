/**
 * Lock that gives one writer at a time a database (a recorder, an import, a pruning); readers are not restricted.
 *
 * It is an exclusive lock on an empty SQLite file next to the database. The operating system releases it when the
 * process ends, in any way, so a left-over file never blocks. Source: sqlite.org/lockingv3.html.
 */
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { errorCode, StoreError } from '../errors.js';
import { closeWritable, type Database, foldLog, makePrivateDatabase, openWritable } from './database.js';
import { guarded } from './store-error.js';
import { openSqlite } from './sqlite.js';
import { migrate, requireOwn } from './migrate.js';

/** A held lock. */
export interface WriterLock {
  release(): void;
}

/** Takes the lock of the database file at `path`, or throws a StoreError when another writer has it. */
function lockForWriting(path: string): WriterLock {
  return guarded(path, () => {
    const file = `${realpathSync(path)}-lock`;
    for (;;) {
      makePrivateDatabase(file);
      requireLockFile(file);
      const before = inode(file);
      const handle = lockExclusively(file, path);
      // The previous holder removes the file on release; a lock on a removed file excludes no other process.
      if (before !== null && before === inode(file)) {
        return {
          release: (): void => release(file, handle),
        };
      }
      handle.close();
    }
  });
}

/** Never throws: a broken disk can prevent that the file is deleted, which does no harm; the lock on it ends in any case. */
function release(file: string, handle: Database): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It stays.
  } finally {
    handle.close();
  }
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

/** Throws a StoreError if something else has the name of the lock: SQLite would follow a link. */
function requireLockFile(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== false) return;
  throw new StoreError(`${file} is in the way of the lock`, 'remove it, or name another file with --db');
}

function inode(file: string): number | null {
  return lstatSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

/** Whether a process holds the lock of the database file at `path`; false if that cannot be determined. */
export function isBeingWritten(path: string): boolean {
  try {
    const file = `${realpathSync(path)}-lock`;
    requireLockFile(file);
    const handle = openSqlite(file, { timeout: 0, fileMustExist: true });
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

/**
 * A database with its lock: no other process writes to it until it is closed. Recorders, imports, and `prune` and
 * `compact` all write through one.
 */
export interface LockedDatabase {
  readonly db: Database;
  readonly path: string;
  /** Folds the log into the file and gives the lock back. */
  close(): void;
  /** Closes an unusable database: saves as much as possible, releases the lock, and never throws. */
  letGo(): void;
  /** The same, but without a write. SQLite itself writes nothing to a file that was renamed. */
  abandon(): void;
}

/** Opens the file at `path`, which exists. Throws StoreError when it cannot be used, is newer, or has a writer. */
export function openLocked(path: string, nowUs: () => number): LockedDatabase {
  const lock = lockForWriting(path);
  let db: Database | null = null;
  try {
    const opened = (db = openWritable(path, (found) => requireOwn(found, path)));
    guarded(path, () => migrate(opened, path, nowUs));
    return {
      db,
      path,
      close: () => closeLocked(opened, path, lock),
      letGo: () => letGo(opened, lock),
      abandon: () => attemptAll([() => opened.close(), () => lock.release()]),
    };
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
}

function closeLocked(db: Database, path: string, lock: ReturnType<typeof lockForWriting>): void {
  try {
    guarded(path, () => closeWritable(db));
  } finally {
    lock.release();
  }
}

function letGo(db: Database, lock: ReturnType<typeof lockForWriting>): void {
  // A file that was renamed gets its log now: SQLite leaves it out at the close, and it belongs to no other file.
  attemptAll([() => foldLog(db), () => db.close(), () => lock.release()]);
}

function attemptAll(steps: readonly (() => unknown)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      continue;
    }
  }
}
