/**
 * Rotated files: databases that a recorder has put aside and gone on from in a new one, beside it.
 *
 * Their names have the time at which they were put aside (`gatetape.20261130T031500123Z.sqlite`), so that they sort by
 * it, and end as that of the database does. A file is taken for one of them only if it says so itself: a name alone can
 * be the user's.
 */
import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { StoreError } from '../errors.js';
import type { Host } from '../host.js';
import { openReadable, type Database } from './database.js';
import { isBeingWritten } from './lock.js';
import { requireOwn } from './migrate.js';
import { findPlaceholderKey } from './placeholders.js';
import { setAside } from './set-aside.js';
import { guarded } from './store-error.js';

const US_PER_MS = 1000;

/** Ends of the names of a log and its index. A reader of the file keeps them there. */
const SIDE_ENDS = ['-wal', '-shm'] as const;

/** Free path for the database at `path` when it is put aside at `atUs`, after all that were put aside before. */
export function findRotatedName(path: string, atUs: number): string {
  const newest = listRotatedNames(path).at(-1);
  // The clock may have been set back.
  const afterMs = newest === undefined ? -Infinity : parseRotatedName(path, newest);
  for (let atMs = Math.max(Math.floor(atUs / US_PER_MS), afterMs + 1); ; atMs += 1) {
    const name = nameRotated(path, atMs);
    if (['', ...SIDE_ENDS].every((end) => isFree(name + end))) return name;
  }
}

function nameRotated(path: string, atMs: number): string {
  const end = extname(path);
  const time = new Date(atMs).toISOString().replace(/[-:.]/g, '');
  return join(dirname(path), `${basename(path, end)}.${time}${end}`);
}

/** The time in a rotated file's name, in ms; -Infinity for any other name. */
function parseRotatedName(path: string, rotated: string): number {
  const end = extname(path);
  const time = basename(rotated, end).slice(basename(path, end).length + 1);
  const atMs = Date.parse(time.replace(/^(.{4})(..)(.{5})(..)(..)(...)Z$/, '$1-$2-$3:$4:$5.$6Z'));
  return Number.isNaN(atMs) ? -Infinity : atMs;
}

/** Whether there is nothing, not even a link that leads nowhere. */
function isFree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

/** Renames the database at `path`, which no writer has open. Readers keep what they have opened. Throws StoreError. */
export function renameRotated(path: string, name: string): void {
  guarded(path, () => {
    const moved: string[] = [];
    try {
      for (const end of [...SIDE_ENDS, '']) {
        if (!existsSync(path + end)) continue;
        renameSync(path + end, name + end);
        moved.push(end);
      }
    } catch (error) {
      for (const end of moved) renameSync(name + end, path + end);
      throw error;
    }
  });
}

/**
 * Renames the database `file`, which no writer has open, to `path` again. What another recorder has begun there and left is
 * set aside. Throws StoreError if it has not left it.
 */
export function takeNameBack(file: string, path: string): void {
  guarded(path, () => {
    if (isBeingWritten(path))
      throw new StoreError(`another gatetape is writing to ${path}`, `what is recorded goes to ${file}`);
    if (!isFree(path)) setAside(path);
    renameRotated(file, path);
  });
}

/** Paths that have the form of a rotated file of the database at `path`, the oldest first. */
function listRotatedNames(path: string): readonly string[] {
  const end = extname(path);
  const start = `${basename(path, end)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .filter((name) => /^\d{8}T\d{9}Z$/.test(name.slice(start.length, name.length - end.length)))
    .sort()
    .map((name) => join(dirname(path), name));
}

/**
 * Files that were put aside from the database at `path`, the oldest first: databases of gatetape that note this very
 * name, and that no program writes to. Those that `isKnown` are left out, and not opened.
 */
export function listRotatedFiles(
  path: string,
  isKnown: (file: string) => boolean = () => false,
): readonly string[] {
  return listRotatedNames(path).filter((file) => !isKnown(file) && isRotated(file));
}

/** Path of the file that was put aside last from the database at `path`; null without such a file. */
export function findLastRotated(path: string): string | null {
  const newest = listRotatedNames(path).at(-1);
  return newest !== undefined && isRotated(newest) ? newest : null;
}

function isRotated(path: string): boolean {
  try {
    if (!lstatSync(path).isFile() || isBeingWritten(path)) return false;
    const db = openReadable(path);
    try {
      requireOwn(db, path);
      return readPutAside(db) === basename(path);
    } finally {
      db.close();
    }
  } catch {
    // Whatever it is, it is not a file that may be deleted.
    return false;
  }
}

function readPutAside(db: Database): string | null {
  const newest = db
    .prepare<[], string | null>(
      'SELECT put_aside_as FROM rotation WHERE capture_id = (SELECT max(id) FROM capture)',
    )
    .pluck();
  return newest.get() ?? null;
}

/**
 * A host whose random bytes are the key of the database at `path`, if there is one that has it: placeholders then mean the
 * same in both. Throws StoreError.
 */
export function withEarlierKey<H extends Pick<Host, 'randomBytes'>>(path: string | null, host: H): H {
  if (path === null) return host;
  const db = openReadable(path);
  try {
    const key = guarded(path, () => findPlaceholderKey(db));
    return key === undefined ? host : { ...host, randomBytes: () => key };
  } finally {
    db.close();
  }
}

/** Deletes a database and what is beside it. */
export function deleteRotated(path: string): void {
  for (const end of ['', ...SIDE_ENDS]) rmSync(path + end, { force: true });
}
