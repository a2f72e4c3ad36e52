/**
 * Set aside: what becomes of a database file that another program has overwritten or damaged while it records.
 *
 * It is examined on a handle of its own, as the recorder's keeps pages in memory. A file that is not the recorder's any
 * more is renamed and never changed: its bytes can be the user's only copy. Its log gets a name by which SQLite does not
 * find it: applied to other content it would damage that.
 */
import { existsSync, lstatSync, renameSync } from 'node:fs';
import type { Database } from './database.js';
import { openSqlite } from './sqlite.js';
import { guarded, UnusableFile } from './store-error.js';
import { errorCode } from '../errors.js';

/** Ends of the names of a log and its index, beside the database and once they are set aside. */
const SIDE_FILES = [
  ['-wal', '.wal'],
  ['-shm', '.shm'],
] as const;

/** Properties of a sound file. */
export interface Expected {
  readonly captureId: number;
  readonly startedAtUs: number;
  readonly lastFrameId: number;
}

/** First fault of the database at `path`, after `prepare`; null without one. Throws StoreError if it is unreadable now. */
export function findDamage(path: string, expected: Expected, prepare: () => void): string | null {
  try {
    return guarded(path, () => {
      prepare();
      const db = openSqlite(path, { readonly: true, fileMustExist: true });
      try {
        return examine(db, expected);
      } finally {
        db.close();
      }
    });
  } catch (error) {
    if (error instanceof UnusableFile || errorCode(error) === 'SQLITE_ERROR') return 'it has other content';
    throw error;
  }
}

function examine(db: Database, { captureId, startedAtUs, lastFrameId }: Expected): string | null {
  db.pragma('trusted_schema = OFF');
  if (db.pragma('quick_check(1)', { simple: true }) !== 'ok') return 'it is damaged';
  const known = db
    .prepare('SELECT 1 FROM capture WHERE id = ? AND started_at_us = ?')
    .get(captureId, startedAtUs);
  const last = db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0;
  return known === undefined || last !== lastFrameId ? 'it has other content' : null;
}

/** Renames the database at `path`, which is not a symbolic link, and its log; returns the new name. Throws StoreError. */
export function setAside(path: string): string {
  return guarded(path, () => {
    const kept = findFreeName(path);
    renameSync(path, kept);
    for (const [end, other] of SIDE_FILES) if (existsSync(path + end)) renameSync(path + end, kept + other);
    return kept;
  });
}

function findFreeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.set-aside-${number}`;
    if (['', ...SIDE_FILES.map(([, other]) => other)].every((end) => isFree(name + end))) return name;
  }
}

/** Whether there is nothing, not even a link that leads nowhere. */
function isFree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
