/**
 * Flags for the form of output.
 */
import type { Command } from 'commander';
import { UsageError } from '../../errors.js';
import type { Format } from '../print/format.js';
import { choiceOption } from './values.js';

/** Help of `--csv-safe`. */
export const CSV_SAFE_HELP = 'in CSV, put an apostrophe before texts that a spreadsheet would run';

/** Adds `--format` and `--csv-safe`. */
export function addFormatOptions(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(choiceOption('--format <format>', 'form of output', formats).default('table'))
    .option('--csv-safe', CSV_SAFE_HELP);
}

/** Form of output of `command`, from its flags. Throws as `safeWhere` does. */
export function readFormat(command: Command): Format {
  const { format, csvSafe } = command.opts<{ format: Format; csvSafe?: boolean }>();
  return safeWhere(csvSafe, format);
}

/** The form `given`, made safe if `csvSafe` is set. Throws a UsageError if it is not CSV then. */
export function safeWhere<Given extends string>(
  csvSafe: boolean | undefined,
  given: Given,
): Given | 'safe-csv' {
  if (csvSafe !== true) return given;
  requireCsv(`--format ${given}`, given === 'csv');
  return 'safe-csv';
}

/** Throws a UsageError if `--csv-safe` was given for output that is not CSV. */
export function requireCsv(given: string, isCsv: boolean): void {
  if (!isCsv) throw new UsageError(`--csv-safe is for CSV, and this is ${given}`, 'leave one of them out');
}
