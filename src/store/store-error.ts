/**
 * Converts errors of SQLite and the file system into a StoreError with a hint.
 *
 * Errors that only a bug in our own SQL or records can cause are not converted. Source: sqlite.org/rescode.html.
 */
import { errorCode, StoreError } from '../errors.js';
import { sometimes } from '../sometimes.js';

/** A file with content that cannot be recorded into; the cause is neither the disk nor another program. */
export class UnusableFile extends StoreError {
  override readonly name = 'StoreError';
}

/** Cause of the error, and a hint. */
type Cause = readonly [what: string, hint: string];

// By the start of the code, as SQLite's extended codes begin with the plain one.
const CAUSES: readonly (readonly [code: string, cause: Cause])[] = [
  ['SQLITE_NOTADB', ['is not a database', 'name another file with --db, or move this one away']],
  ['SQLITE_CORRUPT', ['is damaged', "restore a copy, or save what is left with sqlite3's .recover"]],
  ['SQLITE_BUSY', ['is locked by another program', 'close the program that holds it and try again']],
  ['SQLITE_LOCKED', ['is locked by another program', 'close the program that holds it and try again']],
  ['SQLITE_READONLY', ['is read-only', 'allow writing to the file and its folder, or name another file']],
  ['SQLITE_FULL', ['cannot grow: the disk is full', 'free some space, or name a file on another disk']],
  ['SQLITE_IOERR_SHORT_READ', ['was cut', "restore a copy, or save what is left with sqlite3's .recover"]],
  ['SQLITE_IOERR', ['cannot be read or written', 'check the disk and its free space']],
  [
    'SQLITE_CANTOPEN',
    ['cannot be opened', 'check that it is a file, and that you may use it and its folder'],
  ],
  ['SQLITE_AUTH', ['cannot be opened', 'check who owns the file']],
  ['EACCES', ['cannot be opened: permission denied', 'check who owns the file and its folder']],
  ['EPERM', ['cannot be opened: permission denied', 'check who owns the file and its folder']],
  ['EROFS', ['cannot be written: the disk is read-only', 'name a file on another disk']],
  ['ENOSPC', ['cannot be made: the disk is full', 'free some space, or name a file on another disk']],
  ['ENOTDIR', ['cannot be opened: its folder is a file', 'name another file with --db']],
];

/** Codes of errors whose cause is the content of the file. */
const UNUSABLE = /^SQLITE_(?:NOTADB|CORRUPT|IOERR_SHORT_READ)/;

/** Codes that a simulation has to meet. */
const SOMETIMES = ['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_IOERR'] as const;

/** SQLite's message for a header with a future schema format; its code is that of a wrong statement (prepare.c). */
const UNKNOWN_FORMAT = 'unsupported file format';
/** Codes of an addon that is missing, or was built for another Node. */
const UNLOADABLE = /^(?:ERR_DLOPEN_FAILED|MODULE_NOT_FOUND)$/;

/** Code of an addon that Node must not load, by `--no-addons`. */
const UNWANTED = 'ERR_DLOPEN_DISABLED';

/** Content of a database that no gatetape writes, found by code that does not know the path. */
export class DamagedFile extends Error {}

/** Calls `action`; converts errors of SQLite and the file system into a StoreError about `path`. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/** Values of `iterator`; converts errors of SQLite and the file system into a StoreError about `path`. */
export function* guardedIterator<T>(path: string, iterator: Iterable<T>): Generator<T, void> {
  try {
    yield* iterator;
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/** `error` as a StoreError about the database at `path`, or unchanged if the disk did not cause it. */
export function toStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  if (error instanceof Error && error.message === UNKNOWN_FORMAT)
    return damagedDatabase(path, error.message, error);
  if (error instanceof DamagedFile) return damagedDatabase(path, error.message, error);
  const code = errorCode(error);
  const unloadable = explainUnloadable(code, error);
  if (unloadable !== null) return unloadable;
  const cause = CAUSES.find(([start]) => code.startsWith(start))?.[1];
  if (cause !== undefined) {
    noteCause(code);
    const kind = UNUSABLE.test(code) ? UnusableFile : StoreError;
    return new kind(`the database ${path} ${cause[0]}`, cause[1], { cause: error });
  }
  // Any other error of a system call, such as a file that has just been removed.
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new StoreError(`the database ${path} cannot be opened (${code})`, 'check the file and its folder', {
    cause: error,
  });
}

function noteCause(code: string): void {
  for (const point of SOMETIMES) if (code.startsWith(point)) sometimes(point);
}

/** StoreError for an addon that cannot be loaded; null for other errors. */
function explainUnloadable(code: string, error: unknown): StoreError | null {
  if (code === UNWANTED) {
    const hint = 'run Node without --no-addons, and --permission only together with --allow-addons';
    return new StoreError('better-sqlite3 cannot be loaded: Node may load no addons', hint, { cause: error });
  }
  if (String(error).startsWith("Error: Cannot find module 'better-sqlite3'")) {
    return new StoreError('better-sqlite3 is not installed', 'run npm install better-sqlite3', {
      cause: error,
    });
  }
  if (!UNLOADABLE.test(code) && !String(error).includes('Could not locate the bindings file')) return null;
  const what = `better-sqlite3 cannot be loaded by Node ${process.versions.node}`;
  return new StoreError(what, 'run npm rebuild better-sqlite3 with this version of Node', { cause: error });
}

/** StoreError for a damaged database at `path`; `what` is the finding. */
export function damagedDatabase(path: string, what: string, cause?: unknown): StoreError {
  return new UnusableFile(
    `the database ${path} is damaged (${what})`,
    'restore a copy; gatetape check lists the defects',
    { cause },
  );
}
