/**
 * `gatetape check`: says whether a database is sound, what a crash left in it, and what was pruned. Exit code 1 for
 * defects.
 */
import type { Command } from 'commander';
import type { CheckReport, Finding } from '../library/upkeep.js';
import { addSettings, readConfig } from './options/config-options.js';
import { printable } from '../printable.js';
import { type Terminal, openTerminal } from './print/terminal.js';
import { choiceOption } from './options/values.js';

const EXAMPLES = `
Examples:
  gatetape check                    everything: pages, references, sums against frames, bodies
  gatetape check --quick            without the checks that read all rows
  gatetape check --repair           bring the schema up to date, compute the sums again, then check

Exit codes: 0 sound, 1 something is wrong, 3 the file cannot be read. A file may be checked while it is recorded.`;

interface CheckFlags {
  readonly quick?: true;
  readonly repair?: true;
  readonly format: 'table' | 'json';
}

/** Adds the command `check`. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check a database for damage and for leftovers of a crash');
  addSettings(command, ['db'])
    .option('--quick', 'skip the checks that read all rows')
    .option(
      '--repair',
      'first bring the schema up to date and compute the sums again; no recorder may be running',
    )
    .addOption(choiceOption('--format <format>', 'form of output', ['table', 'json']).default('table'))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ quick, repair, format }: CheckFlags, command: Command): Promise<void> {
  const { db } = readConfig(command);
  const terminal = openTerminal(command);
  const { checkFile } = await import('../library/upkeep.js');
  const report = checkFile(db, { isQuick: quick === true, isRepairing: repair === true });
  if (report.faults.length > 0) process.exitCode = 1;
  await terminal.output.print(
    format === 'json' ? [JSON.stringify({ ...report, db })] : formatReport(report, db, terminal),
  );
}

/** The report for people: a verdict, then a line for each finding. */
function* formatReport(
  { schemaVersion, pendingMigrations, isBeingWritten, faults, notes }: CheckReport,
  db: string,
  { paint }: Pick<Terminal, 'paint'>,
): Generator<string> {
  const verdict = faults.length === 0 ? paint('green', 'sound') : paint('red', 'not sound');
  const state = isBeingWritten ? ', being written to' : '';
  yield `${printable(db)}: ${verdict} (schema version ${schemaVersion}${state})`;
  for (const name of pendingMigrations) yield `  ${paint('red', 'pending')}  migration ${printable(name)}`;
  const line = ({ check, detail }: Finding): string => `${check}: ${printable(detail)}`;
  for (const fault of faults) yield `  ${paint('red', 'fault')}    ${line(fault)}`;
  for (const note of notes) yield `  ${paint('yellow', 'note')}     ${line(note)}`;
}
