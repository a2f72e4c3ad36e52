/**
 * `gatetape prune`: deletes what is older than a time, or a session, so that a file can be kept for months.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { systemNowUs } from '../host.js';
import type { PruneScope } from '../store/upkeep/pruner.js';
import type { PruneStep } from '../store/upkeep/upkeep.js';
import { withReader } from './options/query.js';
import { addSettings, readConfig } from './options/config-options.js';
import { takeSteps } from './print/steps.js';
import { openTerminal } from './print/terminal.js';
import { plural } from './print/units.js';
import { parseId, parseTime, typed } from './options/values.js';

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
  const { db } = readConfig(command);
  const { scope, plan } = await readPrunePlan(flags, command);
  let { sums, isWhole } = { sums: plan, isWhole: true };
  if (!dryRun) {
    const upkeep = await import('../store/upkeep/upkeep.js');
    sums = NOTHING;
    isWhole = await takeSteps(
      upkeep.prune(db, scope, { nowUs: systemNowUs }),
      (step) => (sums = added(sums, step)),
      () => `pruning: ${plural(sums.frames, 'frame')} of ${plural(plan.frames, 'frame')} deleted`,
    );
    if (isWhole && vacuum) upkeep.vacuum(db, { nowUs: systemNowUs });
  }
  const { output } = openTerminal(command);
  await output.print([JSON.stringify({ event: 'pruned', db, ...sums, dryRun, isWhole })]);
}

const NOTHING: PruneStep = {
  frames: 0,
  wireBytes: 0,
  payloadBytes: 0,
  exchanges: 0,
  connections: 0,
  sessions: 0,
};

function added(one: PruneStep, other: PruneStep): PruneStep {
  return {
    frames: one.frames + other.frames,
    wireBytes: one.wireBytes + other.wireBytes,
    payloadBytes: one.payloadBytes + other.payloadBytes,
    exchanges: one.exchanges + other.exchanges,
    connections: one.connections + other.connections,
    sessions: one.sessions + other.sessions,
  };
}

/** What is to be deleted, and how much that is. */
async function readPrunePlan(
  { olderThan: beforeUs, session }: PruneFlags,
  command: Command,
): Promise<{ readonly scope: PruneScope; readonly plan: PruneStep }> {
  let scope: PruneScope = { beforeUs };
  let plan = NOTHING;
  await withReader(command, (reader) => {
    scope = { beforeUs, session: session === undefined ? undefined : reader.resolveSession(session) };
    plan = reader.prunePlan(scope);
    return Promise.resolve();
  });
  return { scope, plan };
}
