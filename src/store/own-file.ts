/**
 * Own file: whether a file that is there already may become, or is, a database of ours. Looks, and touches nothing.
 *
 * It must belong to the user who records, and be empty, or have gatetape's application id in its header.
 * Source: sqlite.org/fileformat2.html sections 1.3 and 1.6.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync, type Stats } from 'node:fs';
import { StoreError } from '../errors.js';
import { openSqlite } from './sqlite.js';
import { UnusableFile } from './store-error.js';

const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_AT = 68;
/** Behind the header of 100 bytes comes the head of the table of the schema: its type, and the number of its rows here. */
const ROOT_AT = 100;
const LEAF = 13;
const CELL_COUNT_AT = 103;
const HEAD_BYTES = 105;

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
  const head = readHead(path);
  if (head === null) {
    throw new UnusableFile(
      `the database ${path} is not a database`,
      'name another file with --db, or move this one away',
    );
  }
  // A process that was killed before the first migration leaves a database with nothing in it.
  if (head.applicationId === APPLICATION_ID || (head.applicationId === 0 && head.isEmpty)) return;
  throw new UnusableFile(
    `the database ${path} belongs to another program`,
    'name another file with --db; gatetape adds nothing to databases that it did not make',
  );
}

/** What the first page of an SQLite file says. */
interface Head {
  readonly applicationId: number;
  /** Whether there is no table, index or view. */
  readonly isEmpty: boolean;
}

/** First page of an SQLite file; null if it is not an SQLite file. */
function readHead(path: string): Head | null {
  // Closing a file drops all locks that this process has on it (fcntl), including SQLite's own. An open database in WAL
  // mode has a log next to it: then SQLite reads the page, on a handle that knows of the others.
  if (existsSync(`${realpathSync(path)}-wal`)) {
    const db = openSqlite(path, { readonly: true });
    try {
      const applicationId = db.pragma('application_id', { simple: true }) as number;
      return { applicationId, isEmpty: db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined };
    } finally {
      db.close();
    }
  }
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, head, 0, HEAD_BYTES, 0);
    if (length < HEAD_BYTES || head.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
    const isLeaf = head.readUInt8(ROOT_AT) === LEAF;
    return {
      applicationId: head.readUInt32BE(APPLICATION_ID_AT),
      isEmpty: isLeaf && head.readUInt16BE(CELL_COUNT_AT) === 0,
    };
  } finally {
    closeSync(file);
  }
}
