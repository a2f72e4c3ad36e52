/**
 * Output into a file that the user named: never over an existing one unasked, and never half of it.
 *
 * Without a file, or with `-`, it goes to stdout. A file grows under another name, and gets its own when it is whole: a
 * killed program leaves `FILE.part`, and the file that was to be replaced. What could not be written to its end is
 * removed again, also when Ctrl-C broke it off. Devices, pipes and links of ours are written as they are.
 */
import { closeSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { StoreError, UsageError } from '../../errors.js';
import { openAsItIs, openPrivateFile, placePrivateFile } from '../../files.js';
import { takeSteps } from './steps.js';
import type { Output } from './output.js';
import { formatBytes } from './units.js';

/** Where to write. */
export interface OutputFlags {
  /** Path, or `-` for stdout, which is the default. */
  readonly output?: string;
  /** Whether an existing file may be replaced. */
  readonly force?: boolean;
}

/** Characters that are gathered before they are written. */
const PIECE = 64 * 1024;

/** Writes lines to the file that the flags name, or to `stdout`. Throws UsageError, StoreError or ClosedPipe. */
export async function printToFile(
  { output, force }: OutputFlags,
  stdout: Output,
  lines: Iterable<string>,
): Promise<void> {
  if (output === undefined || output === '-') {
    await stdout.print(lines);
    return;
  }
  let length = 0;
  await takeSteps(
    writeLines(output, force === true, lines),
    (written) => (length += written),
    () => `writing: ${formatBytes(length)}`,
  );
}

/** Writes piece by piece, and yields the characters of each. */
function* writeLines(path: string, isReplacing: boolean, lines: Iterable<string>): Generator<number, void> {
  const unfinished = canGrowAside(path, isReplacing) ? `${path}.part` : null;
  const file = unfinished === null ? openAsItIs(path) : openPrivateFile(unfinished);
  try {
    let piece = '';
    for (const line of lines) {
      piece += `${line}\n`;
      if (piece.length < PIECE) continue;
      write(path, file, piece);
      yield piece.length;
      piece = '';
    }
    write(path, file, piece);
    if (unfinished !== null) placePrivateFile(file, unfinished, path);
  } finally {
    closeSync(file);
    if (unfinished !== null) rmSync(unfinished, { force: true });
  }
}

/** Whether there is no such file yet, or one that another may be put in place of. Throws UsageError for one to keep. */
function canGrowAside(path: string, isReplacing: boolean): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!isReplacing) throw new UsageError(`${path} exists already`, 'choose another name, or add --force');
  return found.isFile();
}

function write(path: string, file: number, text: string): void {
  try {
    // Not writeSync, which may write less than all of it, on a disk that is nearly full for one, and say so in a number.
    writeFileSync(file, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StoreError(`cannot write ${path} (${code ?? 'unknown reason'})`, 'make room', { cause });
  }
}
