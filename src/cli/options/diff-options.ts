/**
 * Flags of the commands that compare: what may differ, and the form of the result.
 */
import type { Command } from 'commander';
import type { Diff } from '../../library/diff.js';
import { readUserLines } from '../../library/input-file.js';
import { formatDiff } from '../print/diff-lines.js';
import { FORMATS, type Format } from '../print/format.js';
import type { Terminal } from '../print/terminal.js';
import { addFormatOptions, safeWhere } from './format.js';

/** Flags that `addDiffOptions` adds. */
export interface DiffFlags {
  readonly format: Format | 'junit';
  readonly csvSafe?: boolean;
  readonly ignore?: readonly string[];
  readonly ignoreFile?: string;
}

/** Adds `--format`, `--csv-safe`, `--ignore` and `--ignore-file`. */
export function addDiffOptions(command: Command): Command {
  return addFormatOptions(command, [...FORMATS, 'junit'])
    .option(
      '--ignore <rule>',
      'field that may differ, as EVENT:PATH, or made-meanwhile; can be given several times',
      gathered,
    )
    .option('--ignore-file <file>', 'file with such rules, one a line; # begins a comment');
}

/** Rules of both flags. Throws a UsageError if the file cannot be read. */
export function ignoredFields({ ignore = [], ignoreFile }: DiffFlags): readonly string[] {
  if (ignoreFile === undefined) return ignore;
  const rules = readUserLines(ignoreFile, 'the rules in').map((line) => line.replace(/#.*/, '').trim());
  return [...ignore, ...rules.filter((rule) => rule !== '')];
}

/** Prints a comparison, and sets the exit code 1 if there are differences. */
export async function printDiff(
  diff: Diff,
  { format, csvSafe }: DiffFlags,
  terminal: Terminal,
): Promise<void> {
  await terminal.output.print(formatDiff(diff, safeWhere(csvSafe, format), terminal));
  if (!diff.equal) process.exitCode = 1;
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
