/**
 * The database of an earlier demo, which the next one replaces.
 *
 * Only a file that gatetape made is ever removed: its name alone proves nothing.
 */
import { existsSync, rmSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { openSqlite } from '../store/sqlite.js';

/** `gtap`, as the first migration sets it. */
const APPLICATION_ID = 0x67746170;

/** Removes the database at `path` with all that belongs to it. Throws a UsageError when it is not ours. */
export function removeDatabase(path: string): void {
  if (!existsSync(path)) return;
  if (readApplicationId(path) !== APPLICATION_ID) {
    throw new UsageError(`${path} is no database of gatetape`, 'move it out of the way');
  }
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(path + suffix, { force: true });
}

/** What the file says it belongs to, its log included; null when it is no database that can be read. */
function readApplicationId(path: string): unknown {
  try {
    const db = openSqlite(path, { readonly: true });
    try {
      return db.pragma('application_id', { simple: true });
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
