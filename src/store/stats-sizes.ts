/**
 * Sizes for statistics: one pass over the narrow frame rows, never over bodies.
 *
 * Type and size travel as one number and the other dimensions as columns of their own, as an array of numbers
 * comes out of SQLite several times faster than rows do.
 */
import type Sqlite from 'better-sqlite3';
import type { Database } from './database.js';
import { frameCondition, SIZE, type Scope, type TimeSpan } from './filter.js';
import type { Histogram } from './histogram.js';
import { idRanges } from './id-ranges.js';
import type { Dimensions, StatsGroups } from './stats-groups.js';

/** Ids that are looked at in one go. */
const CHUNK = 10_000;

/** Factor that keeps type and size apart in one number; sizes are below it, as SQLite holds at most 2 GB. */
const TYPE_FACTOR = 2 ** 32;

type Column = Sqlite.Statement<unknown[], number>;

/** Adds the size of every frame that passes to its group. */
export function readSizes(db: Database, query: Scope & TimeSpan, groups: StatsGroups): void {
  const condition = frameCondition(query);
  const column = (sql: string): Column =>
    db
      .prepare<unknown[], number>(
        `SELECT ${sql} FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql} ORDER BY id`,
      )
      .pluck();
  const typed = column(`type_id * ${TYPE_FACTOR} + ${SIZE}`);
  const places = placeColumns(groups.dimensions).map((sql) => (sql === null ? null : column(sql)));
  const finder = new HistogramFinder(groups);
  for (const { first, last } of idRanges(db, query)) {
    for (let from = first; from <= last; from += CHUNK) {
      const values = [from, Math.min(from + CHUNK - 1, last), ...condition.values];
      const [connections, sessions, buckets] = places.map((place) => place?.all(values));
      for (const [index, packed] of typed.all(values).entries()) {
        const typeId = Math.floor(packed / TYPE_FACTOR);
        finder
          .at(typeId, connections?.[index] ?? 0, sessions?.[index] ?? 0, buckets?.[index] ?? 0)
          .add(packed - typeId * TYPE_FACTOR);
      }
    }
  }
}

function placeColumns({ hasConnection, hasSession, bucketUs }: Dimensions): readonly (string | null)[] {
  return [
    hasConnection ? 'connection_id' : null,
    hasSession ? 'coalesce(session_id, 0)' : null,
    bucketUs === null ? null : `at_us / ${bucketUs} * ${bucketUs}`,
  ];
}

type Tree<T> = Map<number, T>;

/** Finds the histogram of a place without building a key, as it is asked once a frame. */
class HistogramFinder {
  readonly #groups: StatsGroups;
  readonly #tree: Tree<Tree<Tree<Tree<Histogram>>>> = new Map();
  // Frames of one place often follow each other, and have to where places are not told apart.
  #connectionId = Number.NaN;
  #sessionId = Number.NaN;
  #bucketUs = Number.NaN;
  #byType: Tree<Histogram> = new Map();

  constructor(groups: StatsGroups) {
    this.#groups = groups;
  }

  at(typeId: number, connectionId: number, sessionId: number, bucketUs: number): Histogram {
    if (connectionId !== this.#connectionId || sessionId !== this.#sessionId || bucketUs !== this.#bucketUs) {
      this.#connectionId = connectionId;
      this.#sessionId = sessionId;
      this.#bucketUs = bucketUs;
      this.#byType = branch(branch(branch(this.#tree, bucketUs), connectionId), sessionId);
    }
    let histogram = this.#byType.get(typeId);
    if (histogram === undefined) {
      histogram = this.#groups.of({ typeId, connectionId, sessionId, bucketUs }).sizes;
      this.#byType.set(typeId, histogram);
    }
    return histogram;
  }
}

function branch<T>(tree: Tree<Map<number, T>>, key: number): Map<number, T> {
  let child = tree.get(key);
  if (child === undefined) tree.set(key, (child = new Map<number, T>()));
  return child;
}
