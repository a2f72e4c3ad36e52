/**
 * Output to the file of `--output`, or to stdout without one or with `-`.
 */
import { takeSteps } from './steps.js';
import type { Output } from './output.js';
import { formatBytes } from '../../units.js';

/** Where to write. */
export interface OutputFlags {
  /** Path, or `-` for stdout, which is the default. */
  readonly output?: string;
  /** Whether an existing file may be replaced. */
  readonly force?: boolean;
}

/** Throws a UsageError if the file that the flags name exists and may not be replaced, before long work. */
export async function requireOutput({ output, force }: OutputFlags): Promise<void> {
  if (output === undefined || output === '-') return;
  const { requireWritable } = await import('../../library/output-file.js');
  requireWritable(output, force === true);
}

/** Writes pieces to the file that the flags name. Throws UsageError or StoreError. */
export async function writeToFile(
  { output, force }: OutputFlags & { readonly output: string },
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  const { writePieces } = await import('../../library/output-file.js');
  await takeLengths(writePieces(output, force === true, pieces));
}

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
  const { writeLines } = await import('../../library/output-file.js');
  await takeLengths(writeLines(output, force === true, lines));
}

async function takeLengths(lengths: Iterable<number>): Promise<void> {
  let length = 0;
  await takeSteps(
    lengths,
    (written) => (length += written),
    () => `writing: ${formatBytes(length)}`,
  );
}
