/**
 * `gatetape prune`: deletes what is older than a time, or a session, so that a file can be kept for months.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { systemNowUs } from '../host.js';
import type { PruneScope } from '../store/upkeep/pruner.js';
import { withReader } from './flags/query.js';
import { addSettings, configOf } from './flags/settings.js';
import { takeSteps } from './flags/steps.js';
import { terminalOf } from './print/terminal.js';
import { plural } from './print/units.js';
import { parseId, parseTime, typed } from './flags/values.js';

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
  const time = (text: string): number | null => parseTime(text, systemNowUs());
  const command = program
    .command('prune')
    .description('delete old frames, or a session, and what belongs to them');
  addSettings(command, ['db'])
    .addOption(typed('--older-than <time>', 'from before this time', '30d (ago), an ISO time or µs', time))
    .addOption(typed('--session <id>', 'of one session', 'an id or latest', parseId))
    .option('--dry-run', 'only say what would be deleted')
    .option('--vacuum', 'then make the file as small as it gets, which rewrites all of it')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: PruneFlags, command: Command): Promise<void> {
  const { olderThan, session, dryRun = false, vacuum = false } = flags;
  if (olderThan === undefined && session === undefined) {
    throw new UsageError('prune was not told what to delete', 'say --older-than 30d or --session ID');
  }
  const { db } = configOf(command);
  const planned = await planOf(flags, command);
  const sums = { frames: 0, payloadBytes: 0 };
  let isWhole = true;
  if (!dryRun) {
    const { prune } = await import('../store/upkeep/upkeep.js');
    isWhole = await takeSteps(
      prune(db, planned.scope, { nowUs: systemNowUs, isVacuuming: vacuum }),
      ({ frames, payloadBytes }) => {
        sums.frames += frames;
        sums.payloadBytes += payloadBytes;
      },
      () => `pruning: ${plural(sums.frames, 'frame')} of ${plural(planned.frames, 'frame')} deleted`,
    );
  }
  const { output } = terminalOf(command);
  const { frames, payloadBytes } = dryRun ? planned : sums;
  await output.print([JSON.stringify({ event: 'pruned', db, frames, payloadBytes, dryRun, isWhole })]);
}

/** What would be deleted, from the sums. */
async function planOf(
  { olderThan: beforeUs, session }: PruneFlags,
  command: Command,
): Promise<{ readonly scope: PruneScope; readonly frames: number; readonly payloadBytes: number }> {
  let plan = { scope: {}, frames: 0, payloadBytes: 0 };
  await withReader(command, (reader) => {
    const scope = {
      beforeUs,
      session: session === undefined ? undefined : reader.resolveSession(session),
    };
    const { total } = reader.stats({ untilUs: beforeUs, session: scope.session, hasSizes: false });
    plan = { scope, frames: total.count, payloadBytes: total.payloadBytes };
    return Promise.resolve();
  });
  return plan;
}
