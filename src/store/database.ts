/**
 * Handles on a database file: one to record with, one to read with.
 *
 * It knows SQLite's files and pragmas, and nothing about tables. Files are made 0600, as a capture holds
 * private messages; SQLite gives -wal and -shm the mode of the database itself.
 * Source: sqlite.org/wal.html, sqlite.org/pragma.html.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode, StoreError } from '../errors.js';
import { sometimes } from '../sometimes.js';
import { requireOwnFile } from './own-file.js';
import { guarded } from './store-error.js';
import { loadSqlite, openSqlite } from './sqlite.js';

/**
 * An open database: the used part of better-sqlite3's API. The types of better-sqlite3 come from a separate package
 * that users of gatetape need not have, so no published declaration may refer to them.
 */
export interface Database {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare<Values extends unknown[] | object = unknown[], Row = unknown>(
    sql: string,
  ): Values extends unknown[] ? Statement<Values, Row> : Statement<[Values], Row>;
  transaction<Result>(action: () => Result): { (): Result; immediate(): Result };
  exec(sql: string): unknown;
  pragma(source: string, options?: { readonly simple?: boolean }): unknown;
  function(
    name: string,
    options: { readonly deterministic?: boolean; readonly directOnly?: boolean },
    answer: (...values: unknown[]) => unknown,
  ): unknown;
  backup(path: string, options?: { progress(step: BackupPages): number }): Promise<unknown>;
  close(): unknown;
}

/** How far a copy of a database has come. */
interface BackupPages {
  readonly totalPages: number;
  readonly remainingPages: number;
}

/** A compiled statement; `Values` are its bound values. */
export interface Statement<Values extends unknown[] = unknown[], Row = unknown> {
  /** Whether it returns rows. */
  readonly reader: boolean;
  /** Whether it writes nothing. */
  readonly readonly: boolean;
  run(...values: Values): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...values: Values): Row | undefined;
  all(...values: Values): Row[];
  iterate(...values: Values): IterableIterator<Row>;
  pluck(isOn?: boolean): this;
  raw(isOn?: boolean): this;
  safeIntegers(isOn?: boolean): this;
  columns(): { readonly name: string }[];
}

/** Values that can be bound to a statement. */
export type SqlValue = string | number | Uint8Array | null;

/** How long a statement waits for another program's lock, in ms. */
const BUSY_TIMEOUT_MS = 2000;

const PRIVATE = 0o600;

/** Makes an empty file at `path` that only its owner can read, unless there is a file already. */
export function makePrivateDatabase(path: string): void {
  try {
    // Never opens a file that exists: closing it again would drop this process's SQLite locks on it.
    closeSync(openSync(path, 'wx', PRIVATE));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Makes the database file at `path` if it does not exist, and makes it private in any case. A file that another user
 * owns, or that gatetape did not make, is not changed. Throws StoreError.
 */
export function makeDatabaseFile(path: string): void {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) {
    throw new StoreError(
      `the folder ${folder} does not exist`,
      'make it first, or name another file with --db',
    );
  }
  guarded(path, () => {
    loadSqlite();
    makePrivateDatabase(path);
    const stat = statSync(path);
    requireFile(path);
    requireOwnFile(path, stat);
    if ((stat.mode & 0o077) !== 0) restrict(path, stat.mode & PRIVATE);
  });
}

/**
 * Opens the database file at `path` for writing, after `isOurs` has checked it without an error: until then the file is
 * not changed. Throws StoreError.
 */
export function openWritable(path: string, isOurs: (db: Database) => unknown): Database {
  return guarded(path, () => {
    const db = openSqlite(resolve(path), { timeout: BUSY_TIMEOUT_MS });
    try {
      distrust(db);
      isOurs(db);
      // Twice the default: bodies of about 700 bytes pack better, and inserts are a third faster.
      db.pragma('page_size = 8192');
      enterWal(db);
      // A killed process loses nothing that was committed; a power cut may lose the last commits, not the file.
      db.pragma('synchronous = NORMAL');
      db.pragma('journal_size_limit = 67108864');
      // In KiB. Written pages are not read again soon: a larger cache makes a recording no faster, only larger.
      db.pragma('cache_size = -2048');
      // Ids come from the store's own maps; looking each up again costs a sixth of the insert rate. The
      // tests run `PRAGMA foreign_key_check` instead.
      db.pragma('foreign_keys = OFF');
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/**
 * Lets the file have a log. That is noted in its header, whose change has a journal of its own: in memory, because a kill
 * would leave a journal in a file behind, without which nothing can be read and which only a writer may use. The note
 * is within one sector, so the header is the old one or the new one. Source: sqlite.org/fileformat.html section 1.3.
 */
function enterWal(db: Database): void {
  if (db.pragma('journal_mode', { simple: true }) === 'wal') return;
  db.pragma('journal_mode = MEMORY');
  db.pragma('journal_mode = WAL');
}

/**
 * Moves the log of a writable handle into the file, and empties it; returns false if a reader of the file prevents it.
 */
export function foldLog(db: Database): boolean {
  const timeoutMs = db.pragma('busy_timeout', { simple: true }) as number;
  db.pragma('busy_timeout = 0');
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[];
    return result?.busy === 0;
  } finally {
    db.pragma(`busy_timeout = ${timeoutMs}`);
  }
}

/**
 * Settings of a handle for a file from an untrusted source: harmful functions do not run from the schema, and damaged
 * cells are found before they are used. better-sqlite3 sets SQLITE_DBCONFIG_DEFENSIVE itself. Source:
 * sqlite.org/security.html.
 */
function distrust(db: Database): void {
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}

/**
 * Closes a handle of `openWritable`. The file leaves WAL mode as it entered it, so that it is a single file that can be read
 * even on a read-only disk. It stays in WAL mode if another process is reading it.
 */
export function closeWritable(db: Database): void {
  try {
    db.pragma('busy_timeout = 0');
    db.pragma('journal_mode = MEMORY');
  } catch (error) {
    if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error;
    sometimes('a reader kept the log beside the file');
  } finally {
    db.close();
  }
}

/** Throws a StoreError unless there is a file at `path`. */
export function requireFile(path: string): void {
  if (!existsSync(path)) {
    throw new StoreError(`there is no database ${path}`, 'record one first, or name another file with --db');
  }
  const stat = statSync(path);
  if (stat.isDirectory()) throw new StoreError(`${path} is a folder`, 'name a file with --db');
  // Opening a pipe would wait for another program.
  if (!stat.isFile()) throw new StoreError(`${path} is not a file`, 'name a file with --db');
}

/** Opens `path` for reading only, also while it is being recorded. Throws StoreError. */
export function openReadable(path: string): Database {
  requireFile(path);
  return guarded(path, () => {
    const db = openSqlite(resolve(path), { readonly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      db.pragma('query_only = ON');
      distrust(db);
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return db;
    } catch (error) {
      db.close();
      throw isFolderNeeded(error) ? folderNeeded(path, error) : error;
    }
  });
}

// A file that was not closed cleanly, or was copied during a recording, is still in WAL mode. SQLite then needs a -shm
// file next to it, and creates one if the folder is writable.
function isFolderNeeded(error: unknown): boolean {
  return /^SQLITE_(CANTOPEN|READONLY)/.test(errorCode(error));
}

function folderNeeded(path: string, cause: unknown): StoreError {
  const start = `the database ${path} was not closed cleanly, and `;
  const code = errorCode(cause);
  if (code === 'SQLITE_READONLY_ROLLBACK' && isWritable(dirname(realpathSync(path)))) {
    return new StoreError(
      `the database ${path} was being changed when its program was killed`,
      'run gatetape check --repair, or record into it, which takes the unfinished change back',
      { cause },
    );
  }
  return code !== 'SQLITE_READONLY_DIRECTORY' && isWritable(dirname(realpathSync(path)))
    ? new StoreError(
        `${start}its -wal, -shm or -journal cannot be used`,
        'move those away that are no files of this database',
        { cause },
      )
    : new StoreError(
        `${start}its folder is read-only`,
        'copy the file, and the -wal beside it if there is one, into a folder that you can write',
        { cause },
      );
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Takes all rights from others, where the file system knows of rights. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (errorCode(error) !== 'EPERM' && errorCode(error) !== 'EROFS') throw error;
  }
}
