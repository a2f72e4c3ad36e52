/**
 * Queries: what every command that reads a database has in common, from its flags to closing the file.
 */
import type { Command } from 'commander';
import { systemNowUs } from '../host.js';
import type { FrameFilter } from '../store/filter.js';
import type { CaptureReader } from '../store/reader.js';
import { FORMATS, type Format, RowFormatter, type Shape } from './format.js';
import { addSettings, configOf } from './settings.js';
import { type Terminal, terminalOf } from './terminal.js';
import { choice, parseId, parseOps, parseTime, typed } from './values.js';

/** Adds `--db` and `--format`. */
export function addQueryOptions(command: Command): Command {
  addSettings(command, ['db']);
  return command.addOption(choice('--format <format>', 'form of output', FORMATS).default('table'));
}

/** Filters as the flags give them. */
interface FilterFlags {
  readonly since?: number;
  readonly until?: number;
  readonly op?: readonly number[];
  readonly event?: string;
  readonly sender?: 'client' | 'gateway';
  readonly connection?: number | 'latest';
  readonly session?: number | 'latest';
}

/** Adds the flags that `filterOf` reads. */
export function addFilterOptions(command: Command): Command {
  const time = (text: string): number | null => parseTime(text, systemNowUs());
  return command
    .addOption(typed('--since <time>', 'from this time on', '2h (ago), an ISO time, µs or now', time))
    .addOption(typed('--until <time>', 'before this time', 'as --since', time))
    .addOption(typed('--op <list>', 'opcodes', 'numbers or names, such as 0,HELLO', parseOps))
    .option('--event <glob>', "event names, such as READY or 'MESSAGE_*'")
    .addOption(choice('--sender <side>', 'who sent it', ['client', 'gateway']))
    .addOption(typed('--connection <id>', 'one connection', 'an id or latest', parseId))
    .addOption(typed('--session <id>', 'one session', 'an id or latest', parseId));
}

/** The filter that the flags of `command` make. Throws a UsageError for an id that is not in the database. */
export function filterOf(command: Command, reader: CaptureReader): FrameFilter {
  const flags = command.opts<FilterFlags>();
  return {
    sinceUs: flags.since,
    untilUs: flags.until,
    ops: flags.op,
    event: flags.event,
    sender: flags.sender,
    connection: flags.connection === undefined ? undefined : reader.resolveConnection(flags.connection),
    session: flags.session === undefined ? undefined : reader.resolveSession(flags.session),
  };
}

/** Form of output that `command` was asked for. */
export function formatOf(command: Command): Format {
  return command.opts<{ format: Format }>().format;
}

/** Opens the database that `command` names, hands it to `use`, and closes it whatever happens. */
export async function withReader(
  command: Command,
  use: (reader: CaptureReader, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const { db } = configOf(command);
  const { openReader } = await import('../store/reader.js');
  const reader = openReader(db);
  try {
    await use(reader, terminalOf(command));
  } finally {
    reader.close();
  }
}

/** Prints rows in the form that `command` was asked for. */
export async function printRows<Row>(
  command: Command,
  terminal: Terminal,
  rows: Iterable<Row>,
  shape: Shape<Row>,
): Promise<void> {
  const formatter = new RowFormatter(formatOf(command), shape, terminal);
  await terminal.output.print(formatter.lines(rows));
}
