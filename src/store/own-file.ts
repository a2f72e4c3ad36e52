/**
 * Own file: whether a file that is there already may become, or is, a database of ours. Looks, and touches nothing.
 *
 * It must belong to the user who records, and be empty or have gatetape's application id in its header.
 * Source: sqlite.org/fileformat2.html section 1.3.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync, type Stats } from 'node:fs';
import { StoreError } from '../errors.js';
import { openSqlite } from './sqlite.js';
import { UnusableFile } from './store-error.js';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const APPLICATION_ID_AT = 68;

/** `PRAGMA application_id` of migrations/0001_capture.sql: 'gtap'. */
export const APPLICATION_ID = 0x67746170;

/** Throws a StoreError unless the file at `path`, of which `stat` was read, is the user's own and empty or made by gatetape. */
export function requireOwnFile(path: string, stat: Stats): void {
  const user = process.geteuid?.();
  if (user !== undefined && stat.uid !== user) {
    throw new StoreError(
      `the database ${path} belongs to another user`,
      'name another file with --db; what others own they can read, whatever its mode',
    );
  }
  if (stat.size === 0) return;
  const id = readApplicationId(path);
  if (id === null) {
    throw new UnusableFile(
      `the database ${path} is not a database`,
      'name another file with --db, or move this one away',
    );
  }
  if (id !== APPLICATION_ID) {
    throw new UnusableFile(
      `the database ${path} belongs to another program`,
      'name another file with --db; gatetape adds nothing to databases that it did not make',
    );
  }
}

/** Application id of an SQLite file; null if it is not an SQLite file. */
function readApplicationId(path: string): number | null {
  // Closing a file drops all locks that this process has on it (fcntl), including SQLite's own. An open database in WAL
  // mode has a log next to it: then SQLite reads the header, on a handle that knows of the others.
  if (existsSync(`${realpathSync(path)}-wal`)) {
    const db = openSqlite(path, { readonly: true });
    try {
      return db.pragma('application_id', { simple: true }) as number;
    } finally {
      db.close();
    }
  }
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, header, 0, HEADER_BYTES, 0);
    if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
    return header.readUInt32BE(APPLICATION_ID_AT);
  } finally {
    closeSync(file);
  }
}
