/**
 * Common parts of the commands that read a database: flags, the open file, and rows as output.
 */
import type { Command } from 'commander';
import { readCapture, type CaptureReader } from '../../library/queries.js';
import { FORMATS, RowFormatter, type RowShape } from '../print/format.js';
import { addFormatOptions, readFormat } from './format.js';
import { addSettings, readConfig } from './config-options.js';
import { type Terminal, openTerminal } from '../print/terminal.js';

/** Adds `--db`, `--format` and `--csv-safe`. */
export function addQueryOptions(command: Command): Command {
  return addFormatOptions(addSettings(command, ['db']), FORMATS);
}

/** Opens the database that `command` names, passes it to `use`, and closes it in any case. */
export async function withReader(
  command: Command,
  use: (reader: CaptureReader, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const { db } = readConfig(command);
  await readCapture(db, (reader) => use(reader, openTerminal(command)));
}

/** Prints rows in the form that the flags of `command` name. */
export async function printRows<Row>(
  command: Command,
  terminal: Terminal,
  rows: Iterable<Row>,
  shape: RowShape<Row>,
): Promise<void> {
  const formatter = new RowFormatter(readFormat(command), shape, terminal);
  await terminal.output.print(formatter.lines(rows));
}
