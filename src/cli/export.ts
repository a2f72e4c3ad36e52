/**
 * `gatetape export`: writes a session, a connection or a selection of frames to a file that other programs read.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { EXPORT_NAMES } from '../library/forms/form.js';
import type { Privacy } from '../library/leaks.js';
import { type OutputFlags, printToFile, requireOutput, writeToFile } from './print/file-output.js';
import { CSV_SAFE_HELP, requireCsv } from './options/format.js';
import { addFrameOptions, readFrameFilter } from './options/filters.js';
import { withReader } from './options/query.js';
import { addSettings, readConfig } from './options/config-options.js';
import { warn } from './print/terminal.js';
import { choiceOption } from './options/values.js';

const EXAMPLES = `
Examples:
  gatetape export --session latest --as tape --output login.tape.ndjson
  gatetape export --as jsonl --filter 'event:MESSAGE_* since:1d' --output messages.jsonl
  gatetape export --connection 3 --as har --output connection.har
  gatetape export --as parquet --since 1d --output day.parquet   for DuckDB and pandas
  gatetape export --session 3 --as tape --content keep   with messages, from a test server of your own

A tape never holds secrets. By default it has pseudonyms for people, and x for what they wrote; a session
that was imported from a tape is written unchanged. The other forms hold secrets with --redact none only.`;

/** Adds the command `export`. */
export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('write a recording to a file, for git or other programs');
  addFrameOptions(addSettings(command, ['db', 'redact']))
    .addOption(choiceOption('--as <form>', 'form of the file', EXPORT_NAMES).default('tape'))
    .addOption(choiceOption('--people <what>', 'ids, names and pictures in a tape', ['pseudonymise', 'keep']))
    .addOption(choiceOption('--content <what>', 'what people wrote, in a tape', ['mask', 'keep']))
    .option('--csv-safe', CSV_SAFE_HELP)
    .option('--output <file>', 'file to write (default: standard output, as with -)')
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Warning for output that can contain secrets. */
const SECRETS = 'the output can contain tokens and other secrets, because it was recorded with --redact none';

interface ExportFlags extends OutputFlags {
  readonly as: (typeof EXPORT_NAMES)[number];
  readonly csvSafe?: boolean;
  readonly people?: Privacy['people'];
  readonly content?: Privacy['content'];
}

async function run(
  { as, csvSafe: isSafe = false, people, content, ...flags }: ExportFlags,
  command: Command,
): Promise<void> {
  if (isSafe) requireCsv(`--as ${as}`, as === 'csv');
  if (as === 'parquet') {
    await writeParquetFile(flags, command);
    return;
  }
  const { exportLines } = await import('../library/export.js');
  await withReader(command, async (reader, { output }) => {
    const privacy = {
      ...(people === undefined ? {} : { people }),
      ...(content === undefined ? {} : { content }),
    };
    const filter = readFrameFilter(command, reader);
    const { redact } = readConfig(command);
    const { lines, mayHoldSecrets } = exportLines({ as, reader, filter, privacy, redact, isSafe });
    if (mayHoldSecrets) warn(SECRETS);
    await printToFile(flags, output, lines);
  });
}

async function writeParquetFile(flags: OutputFlags, command: Command): Promise<void> {
  const { output } = flags;
  if (output === undefined || output === '-')
    throw new UsageError('a Parquet file is not text', 'say where to write it, with --output FILE');
  await requireOutput(flags);
  const { exportParquet } = await import('../library/export.js');
  await withReader(command, async (reader) => {
    const { redact } = readConfig(command);
    const filter = readFrameFilter(command, reader);
    const { pieces, mayHoldSecrets } = await exportParquet({ reader, filter, redact });
    if (mayHoldSecrets) warn(SECRETS);
    await writeToFile({ ...flags, output }, pieces);
  });
}
