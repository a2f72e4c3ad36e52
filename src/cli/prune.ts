/**
 * `gatetape prune`: deletes frames that are older than a time, or a session, so that a file can be kept for months.
 */
import type { Command } from 'commander';
import { expecting } from '../config/kinds.js';
import { ID, TIME, typed } from './options/values.js';
import { UsageError } from '../errors.js';
import { addSettings, readConfig } from './options/config-options.js';
import { takeSteps } from './print/steps.js';
import { openTerminal } from './print/terminal.js';
import { plural } from '../units.js';

const EXAMPLES = `
Examples:
  gatetape prune --older-than 30d --dry-run
  gatetape prune --session 12 --vacuum

The freed space is used by the next recording; --vacuum gives it back to the disk. Ctrl-C stops between two steps.`;

interface PruneFlags {
  readonly olderThan?: number;
  readonly session?: number | 'latest';
  readonly dryRun?: true;
  readonly vacuum?: true;
}

/** Adds the command `prune`. */
export function addPrune(program: Command): void {
  const command = program
    .command('prune')
    .description('delete old frames, or a session, and what belongs to them');
  addSettings(command, ['db'])
    .addOption(
      typed('--older-than <time>', 'from before this time', expecting('30d (ago), an ISO time or µs', TIME)),
    )
    .addOption(typed('--session <id>', 'of one session', ID))
    .option('--dry-run', 'only say what would be deleted')
    .option('--vacuum', 'then make the file as small as it gets, which rewrites all of it')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: PruneFlags, command: Command): Promise<void> {
  const { olderThan, session, dryRun = false, vacuum = false } = flags;
  if (olderThan === undefined && session === undefined) {
    throw new UsageError('nothing was chosen to delete', 'give --older-than 30d or --session ID');
  }
  const { db } = readConfig(command);
  const { countPrunable, pruneFile, vacuumFile } = await import('../library/upkeep.js');
  const { scope, sums: planned } = countPrunable(db, { beforeUs: olderThan, session });
  let { sums, isWhole } = { sums: planned, isWhole: true };
  if (!dryRun) {
    isWhole = await takeSteps(
      pruneFile(db, scope),
      (step) => (sums = step),
      () => `pruning: ${plural(sums.frames, 'frame')} of ${plural(planned.frames, 'frame')} deleted`,
    );
    if (isWhole && vacuum) vacuumFile(db);
  }
  const { output } = openTerminal(command);
  await output.print([JSON.stringify({ event: 'pruned', db, ...sums, dryRun, isWhole })]);
}
