/**
 * Files: reads those that the user names, and writes recordings and keys to files that only the owner can read.
 *
 * Other users of a shared folder can place a link, or a file that they have open, at the path. So a file is always
 * newly created and never opened through a link, and an existing file is removed only if we own it.
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
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode, refusedBySystem, StoreError, UsageError } from './errors.js';

/** Readable and writable by the owner alone. */
const PRIVATE_MODE = 0o600;
const OTHERS = 0o077;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** System links to the open files of the process. */
const STANDARD = /^\/(?:dev\/std(?:out|err)|(?:dev|proc\/self)\/fd\/\d+)$/;

/** Bytes of a text; V8 has strings of a little more. */
const LONGEST_TEXT = 512 * 1024 * 1024 - 64;

/** Files that are not in a folder, but end: what the shell or the process opened, and nothing. */
const ENDING = /^\/(?:dev\/(?:null|stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * Throws a UsageError if there is something at `path` that may never end: a device, or a named pipe, which waits for
 * a writer, and cannot be interrupted.
 */
export function requireEnding(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory() || ENDING.test(resolve(path))) return;
  throw new UsageError(`${path} is a pipe or a device`, 'copy what it has into a file first');
}

/**
 * Text of a file that the user named; `what` is its role, such as "the tape". Throws a UsageError. Node reads a file as
 * text without a limit, so it is read as bytes, of which there are not more than a string can hold.
 */
export function readUserFile(path: string, what = ''): string {
  requireEnding(path);
  const name = `${what === '' ? '' : `${what} `}${path}`;
  let bytes: Buffer;
  try {
    if (statSync(path).size > LONGEST_TEXT) throw new UsageError(`${name} is too long`, 'name another file');
    bytes = readFileSync(path);
  } catch (cause) {
    throw cause instanceof UsageError ? cause : refusedBySystem(`read ${name}`, cause);
  }
  requireUtf8(bytes, path);
  return bytes.toString();
}

/** Throws a UsageError if a file that begins with `head` is UTF-16, as PowerShell writes it; `name` is the file's. */
export function requireUtf8(head: Uint8Array, name: string): void {
  const [first, second] = head;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // A letter of ASCII, in either order.
  const isLetter = second !== undefined && (first === 0) !== (second === 0);
  if (!isMarked && !isLetter) return;
  throw new UsageError(
    `${name} is UTF-16`,
    'save it as UTF-8; where PowerShell wrote it with >, use --output, or Out-File -Encoding utf8',
  );
}

/**
 * Makes the file at `path` and opens it for writing: new, owned by us, mode 0600. A file left by a killed gatetape
 * process is removed. Throws a UsageError if that is not possible.
 */
export function openPrivateFile(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined) {
    if (!found.isFile() || !isOurs(found)) inTheWay(path);
    rmSync(path);
  }
  return opened(path, NEW);
}

/** Renames the written file `from` to its final name. Throws a StoreError if another file has replaced it. */
export function placePrivateFile(file: number, from: string, path: string): void {
  const found = lstatSync(from, { throwIfNoEntry: false });
  const { ino, dev } = fstatSync(file);
  if (found?.ino !== ino || found.dev !== dev) {
    throw new StoreError(`another program has replaced ${from}`, 'write into a folder of your own');
  }
  renameSync(from, path);
}

/** Writes a complete private file, replacing any file at `path`. Throws UsageError or StoreError. */
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

/** Creates a private file atomically; returns false if `path` already exists. Throws UsageError. */
export function makePrivateFile(path: string, text: string): boolean {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(`${path}.new-`);
    const draft = join(folder, 'draft');
    writePrivateFile(draft, text);
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw cause instanceof UsageError ? cause : refusedBySystem(`write ${path}`, cause);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Text of a private file, at most `maxBytes` long; returns null if the file does not exist. Throws a UsageError if
 * another user owns it, or others may read it.
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
        'if no other user has read it: chmod 600; otherwise name another file',
      );
    }
    if (found.size > maxBytes) throw new UsageError(`${path} is too large`, 'name another file');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/**
 * Opens the existing `path` for writing: a device, a pipe, or a link that we own. The target file of a link must be
 * ours, and becomes private. Throws a UsageError if it is not ours.
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
    throw refusedBySystem(`${(flags & constants.O_WRONLY) === 0 ? 'read' : 'write'} ${path}`, cause);
  }
}

/** Always true on systems without file owners. */
function isOurs({ uid }: Stats): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function inTheWay(path: string): never {
  throw new UsageError(
    `${path} is a link, or belongs to another user`,
    'remove it, or choose a name in a folder of your own',
  );
}
