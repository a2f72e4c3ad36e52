/**
 * Backup: a copy of a database at one moment, also while it is being recorded.
 *
 * Uses SQLite's online backup within one read transaction: later commits are not in the copy, and do not restart it.
 * The copy is written under another name and renamed when it is complete. Source: sqlite.org/backup.html,
 * sqlite.org/isolation.html.
 */
import { existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { closeWritable, makeDatabaseFile, openReadable, openWritable, type Database } from '../database.js';
import { requireOwn } from '../migrate.js';
import { guarded, toStoreError } from '../store-error.js';

/** How far a backup is. */
export interface BackupProgress {
  readonly pages: number;
  readonly totalPages: number;
}

/** How to make a backup. */
export interface BackupOptions {
  /** Whether to take the place of a file that exists. */
  readonly isForced: boolean;
  /** Whether the copy has no key, without which guesses at short secrets cannot be checked. */
  readonly isKeyless?: boolean;
  /** May throw, which ends the backup. */
  readonly onProgress: (progress: BackupProgress) => void;
}

/** Pages that are copied in one go, 8 MiB of them: the time between two looks at the progress. */
const PAGES = 1024;

/**
 * Copies the database at `path` to `target`, mode 0600. Rejects with UsageError if the target exists, with StoreError
 * if one of the two cannot be used, or with the error of `onProgress`; then no file is left behind.
 */
export async function backUp(path: string, target: string, options: BackupOptions): Promise<void> {
  const unfinished = resolve(`${target}.part`);
  const db = openReadable(path);
  try {
    guarded(path, () => requireOwn(db, path));
    requireRoom(path, target, options);
    removeDatabase(unfinished);
    makeDatabaseFile(unfinished);
    // Any read begins the snapshot.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    await db.backup(unfinished, { progress: (step) => reported(step, options) });
    // As the source was: one file, that can be read from anywhere.
    const copy = openWritable(unfinished, (made) => requireOwn(made, unfinished));
    if (options.isKeyless === true) removeKey(copy);
    closeWritable(copy);
    // A log that a replaced file left would be taken for one of the new file.
    removeDatabase(target);
    renameSync(unfinished, target);
  } catch (error) {
    removeDatabase(unfinished);
    throw toStoreError(error, target);
  } finally {
    db.close();
  }
}

/** Takes the key of the placeholders out, and its bytes out of the file. */
function removeKey(copy: Database): void {
  copy.pragma('secure_delete = ON');
  copy.exec('DELETE FROM placeholder_key');
  // Pages that were freed before can hold it, too.
  copy.exec('VACUUM');
}

function requireRoom(path: string, target: string, { isForced }: BackupOptions): void {
  if (!existsSync(target)) return;
  if (realpathSync(target) === realpathSync(path)) {
    throw new UsageError(`${target} is the database itself`, 'name another file');
  }
  if (!isForced) {
    throw new UsageError(`the file ${target} exists`, 'name another one, or replace it with --force');
  }
}

function reported(
  { totalPages, remainingPages }: { readonly totalPages: number; readonly remainingPages: number },
  { onProgress }: BackupOptions,
): number {
  // The first call comes before anything was copied, and may not know how much there is.
  onProgress({ pages: totalPages - remainingPages, totalPages });
  return PAGES;
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}
