/**
 * Private files: what holds recordings or keys is written into a file of our own that nobody else can read.
 *
 * A folder may be shared with others, who can put a link, or a file that they have open, where ours is to be. So a file is
 * always made new, never opened through a link, and what is in the way is removed only where it is a file of ours.
 * Source: open(2), O_EXCL and O_NOFOLLOW.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { StoreError, UsageError } from './errors.js';

/** Readable and writable by the owner alone. */
const PRIVATE_MODE = 0o600;
const OTHERS = 0o077;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Links of the system that lead to what the process has open. */
const STANDARD = /^\/(?:dev\/std(?:out|err)|(?:dev|proc\/self)\/fd\/\d+)$/;

/**
 * Makes the file at `path` and opens it for writing: new, ours, mode 0600. What a killed program of ours left there is
 * removed. Throws a UsageError where that is not possible.
 */
export function openPrivateFile(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined) {
    if (!found.isFile() || !isOurs(found)) inTheWay(path);
    rmSync(path);
  }
  return opened(path, NEW);
}

/** Gives the file that was written as `from` its name. Throws a StoreError where another has taken its place. */
export function placePrivateFile(file: number, from: string, path: string): void {
  const found = lstatSync(from, { throwIfNoEntry: false });
  const { ino, dev } = fstatSync(file);
  if (found?.ino !== ino || found.dev !== dev) {
    throw new StoreError(`another program has replaced ${from}`, 'write into a folder of your own');
  }
  renameSync(from, path);
}

/** Writes a whole private file in place of whatever is at `path`. Throws UsageError or StoreError. */
export function writePrivateFile(path: string, text: string): void {
  const unfinished = `${path}.part`;
  const file = openPrivateFile(unfinished);
  try {
    writeFileSync(file, text);
    placePrivateFile(file, unfinished, path);
  } finally {
    closeSync(file);
    rmSync(unfinished, { force: true });
  }
}

/** Makes a private file, whole or not at all; false where there is something at `path` already. Throws UsageError. */
export function makePrivateFile(path: string, text: string): boolean {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(`${path}.new-`);
    const draft = join(folder, 'draft');
    writePrivateFile(draft, text);
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause instanceof UsageError ? cause : failed('write', path, cause);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Text of a private file, of `maxBytes` at most; null where there is none. Throws a UsageError where it is somebody else's,
 * or others may read it.
 */
export function readPrivateFile(path: string, maxBytes: number): string | null {
  const named = lstatSync(path, { throwIfNoEntry: false });
  if (named === undefined) return null;
  if (!isOurs(named)) inTheWay(path);
  const file = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile() || !isOurs(found)) inTheWay(path);
    if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
      throw new UsageError(
        `others than its owner may read ${path}`,
        'if nobody has read it: chmod 600; if somebody may have, name another file',
      );
    }
    if (found.size > maxBytes) throw new UsageError(`${path} is too large`, 'name another file');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/**
 * Opens what is at `path` for writing as it is: a device, a pipe, or a link of ours. A file that a link leads to has to be
 * ours, and becomes private. Throws a UsageError where it is not.
 */
export function openAsItIs(path: string): number {
  const isStandard = STANDARD.test(resolve(path));
  const named = lstatSync(path, { throwIfNoEntry: false });
  if (!isStandard && named?.isSymbolicLink() === true && !isOurs(named)) inTheWay(path);
  const file = opened(path, constants.O_WRONLY);
  const found = fstatSync(file);
  if (!found.isFile()) return file;
  if (!isOurs(found)) {
    closeSync(file);
    inTheWay(path);
  }
  if (!isStandard) fchmodSync(file, PRIVATE_MODE);
  ftruncateSync(file);
  return file;
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags, PRIVATE_MODE);
  } catch (cause) {
    throw failed((flags & constants.O_WRONLY) === 0 ? 'read' : 'write', path, cause);
  }
}

function failed(what: 'read' | 'write', path: string, cause: unknown): UsageError {
  const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
  return new UsageError(`cannot ${what} ${path} (${code})`, 'check the path', { cause });
}

/** Always so where files have no owners. */
function isOurs({ uid }: Stats): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function inTheWay(path: string): never {
  throw new UsageError(
    `${path} is a link, or belongs to somebody else`,
    'remove it, or choose a name in a folder of your own',
  );
}
