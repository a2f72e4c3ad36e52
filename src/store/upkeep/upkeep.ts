/**
 * Upkeep: work on a finished file that needs it for itself: pruning, compacting, mending.
 *
 * Every step is a transaction of its own, so that a process that is killed leaves a sound file, and the next run goes
 * on where it stopped.
 */
import { errorCode, StoreError } from '../../errors.js';
import { foldLog, openReadable, requireFile, type Database } from '../database.js';
import { Compactor, type Compacted } from './compactor.js';
import { removeLeftovers, removeSession, type Leftovers } from './leftovers.js';
import { openLocked } from '../lock.js';
import { BODY_KINDS } from '../packed-bodies.js';
import { Pruner, type PruneScope } from './pruner.js';
import { rebuildRollups } from './rollup-scan.js';
import { guarded, guardedIterator } from '../store-error.js';

/** Environment of upkeep besides the file. */
export interface UpkeepOptions {
  readonly nowUs: () => number;
}

/** Counts of rows deleted by a step of pruning. */
export interface PruneStep extends Leftovers {
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
}

const NO_FRAMES = { frames: 0, wireBytes: 0, payloadBytes: 0 };
const NO_LEFTOVERS: Leftovers = { exchanges: 0, connections: 0, sessions: 0 };

/** Codes of a disk without room for the log, or for its index in shared memory. */
const NO_ROOM = /^SQLITE_(?:FULL|IOERR_SHM(?:SIZE|OPEN))/;

/** Deletes the frames in `scope` and their dependent rows, in steps. Throws StoreError. */
export function* prune(path: string, scope: PruneScope, options: UpkeepOptions): Generator<PruneStep, void> {
  try {
    yield* upkeep(path, options, (db) => pruneSteps(db, scope, options.nowUs()));
  } catch (error) {
    if (!(error instanceof StoreError && NO_ROOM.test(errorCode(error.cause)))) throw error;
    throw new StoreError(
      `the database ${path} cannot be pruned any further: the disk is full`,
      'its log takes 256 KiB while frames are deleted: free that much, and prune again',
      { cause: error.cause },
    );
  }
}

/** Compresses the bodies of all frames that are not compressed yet, in steps. Throws StoreError. */
export function* compact(path: string, options: UpkeepOptions): Generator<Compacted, void> {
  yield* upkeep(path, options, compactSteps);
}

/** Brings the schema up to date and computes the roll-ups again. Throws StoreError. */
export function repair(path: string, options: UpkeepOptions): void {
  inOneGo(path, options, rebuildRollups);
}

/** Size of a file on disk, and its unused part. */
export interface FileFigures {
  readonly fileBytes: number;
  readonly freeBytes: number;
}

/** Measures the file at `path`. Throws StoreError. */
export function fileFigures(path: string): FileFigures {
  const db = openReadable(path);
  try {
    return guarded(path, () => {
      const read = (name: string): number => Number(db.pragma(name, { simple: true }));
      const pageBytes = read('page_size');
      return {
        fileBytes: read('page_count') * pageBytes,
        freeBytes: read('freelist_count') * pageBytes,
      };
    });
  } finally {
    db.close();
  }
}

/** Makes the file as small as it gets, which rewrites all of it. Throws StoreError. */
export function vacuum(path: string, options: UpkeepOptions): void {
  inOneGo(path, options, (db) => db.exec('VACUUM'));
}

function inOneGo(path: string, { nowUs }: UpkeepOptions, action: (db: Database) => unknown): void {
  requireFile(path);
  const locked = openLocked(path, nowUs);
  try {
    guarded(path, () => action(locked.db));
  } finally {
    locked.close();
  }
}

function* upkeep<Step>(
  path: string,
  { nowUs }: UpkeepOptions,
  steps: (db: Database) => Iterable<Step>,
): Generator<Step, void> {
  requireFile(path);
  const locked = openLocked(path, nowUs);
  try {
    yield* guardedIterator(path, steps(locked.db));
  } finally {
    locked.close();
  }
}

function* pruneSteps(db: Database, scope: PruneScope, nowUs: number): Generator<PruneStep, void> {
  const { beforeUs, session } = scope;
  const minutes = listMinutes(db, scope);
  if (minutes.length > 0) {
    const pruner = new Pruner(db, session === undefined ? 'age' : 'session', nowUs);
    const room = new Room(db);
    for (const minuteAtUs of minutes) yield* minuteSteps(pruner, minuteAtUs, scope, room);
  }
  if (session === undefined) yield { ...NO_FRAMES, ...removeLeftovers(db, beforeUs ?? nowUs, null) };
  else if (beforeUs === undefined) yield { ...NO_FRAMES, ...removeSession(db, session) };
}

function* minuteSteps(
  pruner: Pruner,
  minuteAtUs: number,
  scope: PruneScope,
  room: Room,
): Generator<PruneStep, void> {
  for (;;) {
    const { frames, wireBytes, payloadBytes } = room.fit((mostFrames) =>
      pruner.step(minuteAtUs, scope, mostFrames),
    );
    if (frames === 0) return;
    yield { frames, wireBytes, payloadBytes, ...NO_LEFTOVERS };
  }
}

/** Frames of a step on a disk that is nearly full, at first; a step changes some 40 pages of the log then. */
const FEW_FRAMES = 256;
const FEWEST_FRAMES = 4;

/** Makes steps as small as the disk has room for in the log, which is then folded after each of them. */
class Room {
  readonly #db: Database;
  #mostFrames = Infinity;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Calls `step` with the most frames, again with fewer if the disk is full. Throws SQLite's errors. */
  fit<Result>(step: (mostFrames: number) => Result): Result {
    for (;;) {
      try {
        const result = step(this.#mostFrames);
        if (this.#mostFrames < Infinity) foldLog(this.#db);
        return result;
      } catch (error) {
        if (!errorCode(error).startsWith('SQLITE_FULL') || this.#mostFrames <= FEWEST_FRAMES) throw error;
        this.#mostFrames = this.#mostFrames === Infinity ? FEW_FRAMES : this.#mostFrames / 4;
        foldLog(this.#db);
      }
    }
  }
}

function listMinutes(db: Database, { beforeUs, session }: PruneScope): readonly number[] {
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
  for (const kind of BODY_KINDS) {
    const compactor = new Compactor(db, kind);
    for (let step = compactor.step(); step !== null; step = compactor.step()) yield step;
  }
}
