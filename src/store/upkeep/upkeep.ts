/**
 * Upkeep: work on a finished file that needs it for itself: pruning, compacting, mending.
 *
 * Every step is a transaction of its own, so that a process that is killed leaves a sound file, and the next run goes
 * on where it stopped.
 */
import { requireFile, type Database } from '../database.js';
import { compactNext, type Compacted } from './compactor.js';
import { removeLeftovers, removeSession } from './leftovers.js';
import { openLocked } from '../locked.js';
import { Pruner, type Pruned, type PruneScope } from './pruner.js';
import { rebuildRollups } from './rollup-scan.js';
import { guarded, guardedIterator } from '../store-error.js';

/** What upkeep needs besides the file. */
export interface UpkeepOptions {
  readonly nowUs: () => number;
  /** Whether the file is made as small as it gets at the end, which rewrites all of it. */
  readonly isVacuuming?: boolean;
}

/** Deletes the frames in `scope` and what belongs to them, in steps. Throws StoreError. */
export function* prune(path: string, scope: PruneScope, options: UpkeepOptions): Generator<Pruned, void> {
  yield* upkeep(path, options, (db) => pruneSteps(db, scope, options.nowUs()));
}

/** Compresses the bodies of all frames that are not compressed yet, in steps. Throws StoreError. */
export function* compact(path: string, options: UpkeepOptions): Generator<Compacted, void> {
  yield* upkeep(path, options, compactSteps);
}

/** Brings the schema up to date and makes the roll-ups anew. Throws StoreError. */
export function repair(path: string, { nowUs }: UpkeepOptions): void {
  requireFile(path);
  const locked = openLocked(path, nowUs);
  try {
    guarded(path, () => rebuildRollups(locked.db));
  } finally {
    locked.close();
  }
}

function* upkeep<Step>(
  path: string,
  { nowUs, isVacuuming = false }: UpkeepOptions,
  steps: (db: Database) => Iterable<Step>,
): Generator<Step, void> {
  requireFile(path);
  const locked = openLocked(path, nowUs);
  try {
    yield* guardedIterator(path, steps(locked.db));
    if (isVacuuming) guarded(path, () => locked.db.exec('VACUUM'));
  } finally {
    locked.close();
  }
}

function* pruneSteps(db: Database, scope: PruneScope, nowUs: number): Generator<Pruned, void> {
  const { beforeUs, session } = scope;
  const minutes = minutesOf(db, scope);
  if (minutes.length > 0) {
    const pruner = new Pruner(db, session === undefined ? 'age' : 'session', nowUs);
    for (const minuteAtUs of minutes) yield* minuteSteps(pruner, minuteAtUs, scope);
  }
  if (session === undefined) removeLeftovers(db, beforeUs ?? nowUs, null);
  else if (beforeUs === undefined) removeSession(db, session);
}

function* minuteSteps(pruner: Pruner, minuteAtUs: number, scope: PruneScope): Generator<Pruned, void> {
  for (;;) {
    const pruned = pruner.step(minuteAtUs, scope);
    if (pruned.frames === 0) return;
    yield pruned;
  }
}

function minutesOf(db: Database, { beforeUs, session }: PruneScope): readonly number[] {
  return db
    .prepare<[Record<string, number | null>], number>(
      `SELECT DISTINCT minute_at_us FROM minute_rollup
       WHERE (:before IS NULL OR minute_at_us < :before) AND (:session IS NULL OR session_id = :session)
       ORDER BY minute_at_us`,
    )
    .pluck()
    .all({ before: beforeUs ?? null, session: session ?? null });
}

function* compactSteps(db: Database): Generator<Compacted, void> {
  for (let step = compactNext(db); step !== null; step = compactNext(db)) yield step;
}
