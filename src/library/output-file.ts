/**
 * Output file: a file that the user named, never written over an existing one unasked, and never half of it.
 *
 * A file grows under another name, and gets its own when it is complete: a killed program leaves `FILE.part`, and the
 * file that was to be replaced. What could not be written to its end is removed again. Devices, pipes and links that the
 * user owns are written directly.
 */
import { closeSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { refusedBySystem, StoreError, UsageError } from '../errors.js';
import { openAsItIs, openPrivateFile, placePrivateFile } from '../files.js';

/** Characters of one write. */
const PIECE = 64 * 1024;

/** Writes lines to the file at `path`, as `writePieces` does. */
export function writeLines(
  path: string,
  isReplacing: boolean,
  lines: Iterable<string>,
): Generator<number, void> {
  return writePieces(path, isReplacing, joinLines(lines));
}

function* joinLines(lines: Iterable<string>): Generator<string, void> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/**
 * Writes texts or bytes to the file at `path`, and yields the length of each. A caller that stops leaves no file behind.
 * Throws a UsageError if the file exists and may not be replaced, a StoreError if it cannot be written.
 */
export function* writePieces(
  path: string,
  isReplacing: boolean,
  pieces: Iterable<string | Uint8Array>,
): Generator<number, void> {
  const unfinished = canGrowAside(path, isReplacing) ? `${path}.part` : null;
  const file = unfinished === null ? openAsItIs(path) : openPrivateFile(unfinished);
  try {
    for (const piece of pieces) {
      write(path, file, piece);
      yield piece.length;
    }
    if (unfinished !== null) placePrivateFile(file, unfinished, path);
  } finally {
    closeSync(file);
    if (unfinished !== null) rmSync(unfinished, { force: true });
  }
}

/** Throws a UsageError if a file exists and may not be replaced, for work that takes long before it writes. */
export function requireWritable(path: string, isReplacing: boolean): void {
  canGrowAside(path, isReplacing);
}

/** Whether there is no such file yet, or a plain one that can be replaced. Throws UsageError if it must be kept. */
function canGrowAside(path: string, isReplacing: boolean): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!isReplacing) throw new UsageError(`${path} exists already`, 'choose another name, or add --force');
  return found.isFile();
}

function write(path: string, file: number, piece: string | Uint8Array): void {
  try {
    // writeSync can write only a part of it, on a nearly full disk for example, without an error.
    writeFileSync(file, piece);
  } catch (cause) {
    throw refusedBySystem(`write ${path}`, cause, 'make room', StoreError);
  }
}
