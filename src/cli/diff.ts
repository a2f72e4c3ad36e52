/**
 * `gatetape diff A B`: compares two recordings, sender by sender.
 *
 * Exit code 1 if they differ.
 */
import type { Command } from 'commander';
import { SENDERS } from '../library/queries.js';
import { addDiffOptions, type DiffFlags, ignoredFields, printDiff } from './options/diff-options.js';
import { addSettings, readConfig } from './options/config-options.js';
import { addFilterOptions, readFilters } from './options/filters.js';
import { openTerminal } from './print/terminal.js';
import { choiceOption } from './options/values.js';

const EXAMPLES = `
A and B are tapes, sessions of the database (an id or latest), or of another one, as FILE#ID.

Examples:
  gatetape diff login.tape.ndjson latest
  gatetape diff 3 latest --hide heartbeats --filter '-event:TYPING_START'
  gatetape diff 3 other.sqlite#5 --sender client --format json`;

/** Adds the command `diff`. */
export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('compare two recordings, payload by payload')
    .argument('<a>', 'what is expected: a tape, or a session')
    .argument('<b>', 'what is compared with it');
  addFilterOptions(addDiffOptions(addSettings(command, ['db'])))
    .addOption(choiceOption('--sender <side>', 'only what one side sent', SENDERS))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface Flags extends DiffFlags {
  readonly sender?: 'client' | 'gateway';
}

async function run(a: string, b: string, flags: Flags, command: Command): Promise<void> {
  const { db } = readConfig(command);
  const { diffRecordings, parseRecordingSource } = await import('../library/diff.js');
  const diff = diffRecordings({
    expected: parseRecordingSource(a, db),
    actual: parseRecordingSource(b, db),
    ignore: ignoredFields(flags),
    filter: readFilters(command),
    ...(flags.sender === undefined ? {} : { sender: flags.sender }),
  });
  await printDiff(diff, flags, openTerminal(command));
}
