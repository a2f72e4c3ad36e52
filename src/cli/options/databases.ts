/**
 * Several databases for one command: `--db` several times or with a pattern, and rows of all of them together.
 *
 * With one database nothing differs. With several, each row names its file, because ids are those of one database; so flags
 * that take an id are refused.
 */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../errors.js';
import type { OpenDatabase, RowOfFile } from '../../library/databases.js';
import type { PagesOfFile } from '../../library/fleet.js';
import type { CaptureReader } from '../../library/queries.js';
import { FORMATS, RowFormatter, type RowShape } from '../print/format.js';
import { openTerminal, type Terminal } from '../print/terminal.js';
import { addSeveral, readConfig, readDatabasePaths } from './config-options.js';
import { addFormatOptions, readFormat } from './format.js';

/** Adds `--db`, which can be given several times, `--format` and `--csv-safe`. */
export function addDatabaseOptions(command: Command): Command {
  return addFormatOptions(addSeveral(command), FORMATS);
}

/** Flags with ids of one database. */
const ID_FLAGS = ['session', 'connection', 'capture', 'id'] as const;

/** Flag with an id that `command` was given. */
export function findIdFlag(command: Command): string | undefined {
  const options = command.opts<Readonly<Record<string, unknown>>>();
  return ID_FLAGS.find((name) => options[name] !== undefined);
}

/** Paths of the databases that `command` means. Throws a UsageError if a flag with an id makes no sense with several. */
export async function findDatabasesOf(command: Command): Promise<readonly string[]> {
  readConfig(command);
  const { findDatabases } = await import('../../library/databases.js');
  const files = findDatabases(readDatabasePaths(command));
  if (files.length < 2) return files;
  const flag = findIdFlag(command);
  if (flag === undefined) return files;
  throw new UsageError(
    `--${flag} is of one database, and these are ${files.length}`,
    `name that one with --db, such as --db ${files[0] ?? ''}`,
  );
}

/** Opens the databases that `command` means, passes them to `use`, and closes them in any case. */
export async function withDatabases(
  command: Command,
  use: (databases: readonly OpenDatabase[], terminal: Terminal) => Promise<void>,
): Promise<void> {
  const files = await findDatabasesOf(command);
  const { readDatabases } = await import('../../library/databases.js');
  await readDatabases(files, (databases) => use(databases, openTerminal(command)));
}

/** The only database. Throws a UsageError if there are several; `what` completes "… is of one database". */
export function requireOne<Database>(databases: readonly Database[], what: string): Database {
  const [first] = databases;
  if (first !== undefined && databases.length === 1) return first;
  throw new UsageError(
    `${what} is of one database, and these are ${databases.length}`,
    'name that one with --db',
  );
}

/** Rows of one kind, as every database gives them. */
export interface Rows<Row> {
  readonly read: (reader: CaptureReader) => Iterable<Row>;
  readonly shape: RowShape<Row>;
  /** Time of a row, by which those of several databases are in order. */
  readonly atUs: (row: Row) => number | null;
  readonly limit?: number | undefined;
}

/** Prints the rows of all databases in the form that the flags of `command` name; `watch` sees the lines pass. */
export async function printAll<Row>(
  command: Command,
  terminal: Terminal,
  databases: readonly OpenDatabase[],
  { read, shape, atUs, limit }: Rows<Row>,
  watch: (lines: Iterable<string>) => Iterable<string> = (lines) => lines,
): Promise<void> {
  const sources = databases.map(({ file, reader }) => ({ file, rows: read(reader) }));
  await printSources(command, terminal, sources, { shape, atUs, limit }, watch);
}

/** Prints the rows of several files, or of one, in the form that the flags of `command` name. */
export async function printSources<Row>(
  command: Command,
  terminal: Terminal,
  sources: readonly { readonly file: string; readonly rows: Iterable<Row> }[],
  { shape, atUs, limit }: Omit<Rows<Row>, 'read'>,
  watch: (lines: Iterable<string>) => Iterable<string> = (lines) => lines,
): Promise<void> {
  const format = readFormat(command);
  const [first] = sources;
  if (sources.length === 1 && first !== undefined) {
    const lines = new RowFormatter(format, shape, terminal).lines(first.rows);
    await terminal.output.print(watch(lines));
    return;
  }
  const { mergeRows } = await import('../../library/databases.js');
  const lines = new RowFormatter(format, nameFiles(shape), terminal).lines(mergeRows(sources, atUs, limit));
  await terminal.output.print(watch(lines));
}

/** Prints rows of a fleet, which come in pages, as `printSources` prints those of files. */
export async function printPages<Row extends { readonly atUs: number }>(
  command: Command,
  terminal: Terminal,
  sources: readonly PagesOfFile<Row>[],
  { shape, limit }: Pick<Rows<Row>, 'shape' | 'limit'>,
): Promise<void> {
  const format = readFormat(command);
  const [first] = sources;
  const { mergePages } = await import('../../library/fleet.js');
  const pieces =
    sources.length === 1 && first !== undefined
      ? new RowFormatter(format, shape, terminal).pieces(first.pages)
      : new RowFormatter(format, nameFiles(shape), terminal).pieces(
          mergePages(sources, ({ atUs }) => atUs, limit),
        );
  for await (const lines of pieces) await terminal.output.print(lines);
}

/** The shape with the file of each row before everything else. */
function nameFiles<Row>({ columns, keys, values, json }: RowShape<Row>): RowShape<RowOfFile<Row>> {
  return {
    columns: [
      { title: 'FILE', align: 'left', text: ({ file }) => basename(file), style: () => 'dim' },
      ...columns.map(({ text, style, ...column }) => ({
        ...column,
        text: ({ row }: RowOfFile<Row>) => text(row),
        ...(style === undefined ? {} : { style: ({ row }: RowOfFile<Row>) => style(row) }),
      })),
    ],
    keys: ['file', ...keys],
    values: ({ file, row }) => [file, ...values(row)],
    json: ({ file, row }) => `{"file":${JSON.stringify(file)},${json(row).slice(1)}`,
  };
}
