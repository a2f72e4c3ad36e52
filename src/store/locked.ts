/**
 * Locked database: a file that this process alone writes to, brought up to date, until it is closed.
 *
 * Whatever writes comes through here: recorders, imports, and the care of a file.
 */
import { closeWritable, foldLog, openWritable, type Database } from './database.js';
import { migrate, requireOwn } from './migrate.js';
import { guarded } from './store-error.js';
import { lockForWriting } from './writer-lock.js';

/** A database that nobody else writes to. */
export interface LockedDatabase {
  readonly db: Database;
  readonly path: string;
  /** Folds the log into the file and gives the lock back. */
  close(): void;
  /** Closes what can no longer be used: saves what can be saved, gives the lock back, and never throws. */
  letGo(): void;
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
  for (const step of [() => foldLog(db), () => db.close(), () => lock.release()]) {
    try {
      step();
    } catch {
      continue;
    }
  }
}
