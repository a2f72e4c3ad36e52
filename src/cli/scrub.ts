/**
 * `gatetape scrub`: searches files for secrets and personal data, or writes a tape without them.
 *
 * Exit code 1 if `--verify` finds something.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { readUserLines } from '../library/input-file.js';
import type { FileLeak, Privacy } from '../library/leaks.js';
import { type OutputFlags, printToFile } from './print/file-output.js';
import { addFormatOptions, readFormat } from './options/format.js';
import { FORMATS, RowFormatter, plainShape } from './print/format.js';
import type { Column } from './print/table.js';
import { openTerminal } from './print/terminal.js';
import { NOTHING, plural } from '../units.js';
import { choiceOption } from './options/values.js';

const EXAMPLES = `
Examples:
  gatetape scrub --verify tapes/*.tape.ndjson
  gatetape scrub --verify capture.jsonl --secret-env DISCORD_TOKEN --format json
  gatetape scrub old.tape.ndjson --people pseudonymise --output clean.tape.ndjson`;

const COLUMNS: readonly Column<FileLeak>[] = [
  { title: 'FILE', align: 'left', text: (row) => row.file },
  { title: 'LINE', align: 'right', text: (row) => String(row.line) },
  { title: 'KIND', align: 'left', text: (row) => row.kind, style: () => 'red' },
  { title: 'PATH', align: 'left', text: (row) => row.path ?? NOTHING },
  { title: 'EXCERPT', align: 'left', text: (row) => row.excerpt },
];

const SHAPE = plainShape<FileLeak>(COLUMNS, ['file', 'line', 'path', 'kind', 'excerpt']);
/** A shorter secret would be found in many words. */
const MIN_KNOWN = 6;

/** Adds the command `scrub`. */
export function addScrub(program: Command): void {
  const command = program
    .command('scrub')
    .description('find secrets and personal data left in files, or write a tape without them')
    .argument('<file...>', 'tapes, JSON lines, databases or any other text')
    .option('--verify', 'only look: exit code 1 on a find')
    .option('--secret-env <name>', 'variable with a secret to look for; can be given several times', gathered)
    .option('--secrets-file <file>', 'file with secrets to look for, one a line');
  addFormatOptions(command, FORMATS)
    .addOption(
      choiceOption('--people <what>', 'ids, names and pictures', ['pseudonymise', 'keep']).default('keep'),
    )
    .addOption(choiceOption('--content <what>', 'what people wrote', ['mask', 'keep']).default('keep'))
    .option('--output <file>', 'where to write the clean tape (- for standard output)')
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface ScrubFlags extends OutputFlags, Privacy {
  readonly verify?: boolean;
  readonly secretEnv?: readonly string[];
  readonly secretsFile?: string;
}

async function run(files: readonly string[], flags: ScrubFlags, command: Command): Promise<void> {
  const { verify: isVerifying = false, output } = flags;
  if (isVerifying === (output !== undefined)) {
    throw new UsageError('scrub either looks or writes', 'give --verify, or --output FILE');
  }
  if (isVerifying) await verify(files, flags, command);
  else await clean(files, flags, command);
}

async function verify(files: readonly string[], flags: ScrubFlags, command: Command): Promise<void> {
  const { findLeaksInFiles } = await import('../library/leaks.js');
  const rows = findLeaksInFiles(files, knownSecrets(flags));
  const terminal = openTerminal(command);
  const format = readFormat(command);
  if (rows.length > 0 || format !== 'table') {
    await terminal.output.print(new RowFormatter(format, SHAPE, terminal).lines(rows));
  }
  terminal.note(
    rows.length === 0 ? `nothing found in ${plural(files.length, 'file')}` : plural(rows.length, 'find'),
  );
  if (rows.length > 0) process.exitCode = 1;
}

async function clean(files: readonly string[], flags: ScrubFlags, command: Command): Promise<void> {
  const [file = '', ...others] = files;
  if (others.length > 0) throw new UsageError('--output takes one file at a time', 'name one tape');
  const { cleanTape } = await import('../library/leaks.js');
  await printToFile(flags, openTerminal(command).output, [cleanTape(file, flags).trimEnd()]);
}

function knownSecrets({ secretEnv = [], secretsFile }: ScrubFlags): readonly string[] {
  const named = secretEnv.map((name) => {
    const value = process.env[name];
    if (value !== undefined && value !== '') return value;
    throw new UsageError(`the variable ${name} is not set`, 'set it, or leave out --secret-env');
  });
  const listed = secretsFile === undefined ? [] : readUserLines(secretsFile, 'the secrets in');
  const known = [...named, ...listed];
  if (known.every(({ length }) => length >= MIN_KNOWN)) return known;
  throw new UsageError('a secret to look for is too short', `give ${MIN_KNOWN} characters or more`);
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
