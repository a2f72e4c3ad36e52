/**
 * Upkeep of a database that is not being recorded: check, repair, prune, compact, vacuum; and its backup, at any time.
 *
 * Long work comes in steps of one transaction each. A caller that stops between two keeps what was done.
 */
import { systemNowUs } from '../host.js';
import { openReader, type IdOrLatest } from '../store/reader.js';
import { checkDatabase, type CheckReport } from '../store/upkeep/check.js';
import type { Compacted } from '../store/upkeep/compactor.js';
import type { PruneScope } from '../store/upkeep/pruner.js';
import { compact, prune, repair, vacuum, type PruneStep } from '../store/upkeep/upkeep.js';

export { backUp, type BackupProgress } from '../store/upkeep/backup.js';
export type { CheckReport } from '../store/upkeep/check.js';
export type { Finding } from '../store/upkeep/check-values.js';
export { fileFigures } from '../store/upkeep/upkeep.js';

const CLOCK = { nowUs: systemNowUs };

/** Options of a check. */
export interface CheckOptions {
  /** Whether to skip the checks that read all rows. */
  readonly isQuick: boolean;
  /** Whether to bring the schema up to date and to compute the roll-ups again first. */
  readonly isRepairing: boolean;
}

/** Checks the database at `path`. Throws StoreError if it cannot be read, or is being recorded and shall be repaired. */
export function checkFile(path: string, { isQuick, isRepairing }: CheckOptions): CheckReport {
  if (isRepairing) repair(path, CLOCK);
  return checkDatabase(path, { isQuick });
}

/** Selection to delete: frames before a time, a session, or the session's frames before that time. */
export interface PruneQuery {
  /** µs since the Unix epoch. */
  readonly beforeUs?: number | undefined;
  readonly session?: IdOrLatest | undefined;
}

/** Rows that a query of pruning deletes. */
export interface PrunePlan {
  readonly scope: PruneScope;
  readonly sums: PruneStep;
}

/** Sums before the first step. */
const NOTHING_PRUNED: PruneStep = {
  frames: 0,
  wireBytes: 0,
  payloadBytes: 0,
  exchanges: 0,
  connections: 0,
  sessions: 0,
};

/** Counts what would be deleted. Throws UsageError for an unknown session, StoreError if the file cannot be read. */
export function countPrunable(path: string, { beforeUs, session }: PruneQuery): PrunePlan {
  using reader = openReader(path);
  const scope = { beforeUs, session: session === undefined ? undefined : reader.resolveSession(session) };
  return { scope, sums: reader.prunePlan(scope) };
}

/** Deletes, and yields the sums so far, the first before any step. Throws StoreError. */
export function* pruneFile(path: string, scope: PruneScope): Generator<PruneStep, void> {
  yield* sumSteps(NOTHING_PRUNED, prune(path, scope, CLOCK));
}

/** Compresses the bodies that are not compressed yet, and yields the sums so far, the first before any step. Throws StoreError. */
export function* compactFile(path: string): Generator<Compacted, void> {
  yield* sumSteps({ bodies: 0, bodyBytes: 0, packedBytes: 0 }, compact(path, CLOCK));
}

/** Makes the file as small as it gets, which rewrites all of it. Throws StoreError. */
export function vacuumFile(path: string): void {
  vacuum(path, CLOCK);
}

/** Yields `zero`, then the sum of all steps so far after each. */
function* sumSteps<Sums extends { readonly [Key in keyof Sums]: number }>(
  zero: Sums,
  steps: Iterable<Sums>,
): Generator<Sums, void> {
  let sums = zero;
  yield sums;
  for (const step of steps) {
    const added = Object.entries<number>(sums).map(([key, sum]) => [key, sum + step[key as keyof Sums]]);
    sums = Object.fromEntries(added) as Sums;
    yield sums;
  }
}
