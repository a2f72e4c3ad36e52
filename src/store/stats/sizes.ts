/**
 * Sizes for statistics: one pass over the narrow frame rows, never over bodies.
 *
 * Type and size travel as one number, connection and session as another, as an array of numbers comes out of
 * SQLite several times faster than rows do.
 */
import type { Condition } from '../condition.js';
import type { Database, Statement } from '../database.js';
import type { FramePlan } from '../frame-plan.js';
import type { OnSearched } from '../frame-rows.js';
import type { Histogram } from './histogram.js';
import { idRanges } from '../id-ranges.js';
import { SIZE } from '../predicate-sql.js';
import type { Dimensions, StatsGroups } from './groups.js';

/** Ids that are looked at in one go. */
const CHUNK = 10_000;

/** Factor that keeps type and size apart in one number; sizes are below it, as SQLite holds at most 2 GB. */
const TYPE_FACTOR = 2 ** 32;

type Column = Statement<unknown[], number>;

/** Columns read of each frame; null if the groups do not use them. */
interface Columns {
  /** Type, times `TYPE_FACTOR`, plus size. */
  readonly typed: Column;
  /** Connection, times a factor, plus session. */
  readonly placed: Column | null;
  /** Number of the bucket of time. */
  readonly timed: Column | null;
}

/** Adds the size of every frame that passes to its group. */
export function readSizes(db: Database, plan: FramePlan, groups: StatsGroups, onSearched: OnSearched): void {
  const sessionFactor = 1 + (db.prepare<[], number | null>('SELECT max(id) FROM session').pluck().get() ?? 0);
  const finder = new HistogramFinder(groups, sessionFactor);
  const { condition } = plan;
  const { typed, placed, timed } = prepareColumns(db, condition, groups.dimensions, sessionFactor);
  for (const { first, last } of idRanges(db, plan)) {
    for (let from = first; from <= last; from += CHUNK) {
      const values = [from, Math.min(from + CHUNK - 1, last), ...condition.values];
      const places = placed?.all(values);
      const buckets = timed?.all(values);
      for (const [index, packed] of typed.all(values).entries()) {
        const typeId = Math.floor(packed / TYPE_FACTOR);
        const size = packed - typeId * TYPE_FACTOR;
        finder.at(buckets?.[index] ?? 0, places?.[index] ?? 0, typeId).add(size);
      }
      onSearched(CHUNK);
    }
  }
}

function prepareColumns(
  db: Database,
  condition: Condition,
  { hasType, hasConnection, hasSession, bucketUs }: Dimensions,
  sessionFactor: number,
): Columns {
  const column = (sql: string): Column =>
    db
      .prepare<unknown[], number>(
        `SELECT ${sql} FROM frame WHERE id BETWEEN ? AND ? AND ${condition.sql} ORDER BY id`,
      )
      .pluck();
  const session = hasSession ? 'coalesce(session_id, 0)' : '0';
  const connection = hasConnection ? `connection_id * ${sessionFactor}` : '0';
  return {
    typed: column(`${hasType ? 'type_id' : '0'} * ${TYPE_FACTOR} + ${SIZE}`),
    placed: hasConnection || hasSession ? column(`${connection} + ${session}`) : null,
    timed: bucketUs === null ? null : column(`at_us / ${bucketUs}`),
  };
}

/** Finds the histogram of a bucket without building a key, because it is called once per frame. */
class HistogramFinder {
  readonly #groups: StatsGroups;
  readonly #sessionFactor: number;
  readonly #byBucket = new Map<number, Map<number, Histogram[]>>();
  // Frames come roughly by time, so the bucket is mostly the one before.
  #bucket = Number.NaN;
  #byPlace = new Map<number, Histogram[]>();

  constructor(groups: StatsGroups, sessionFactor: number) {
    this.#groups = groups;
    this.#sessionFactor = sessionFactor;
  }

  at(bucket: number, place: number, typeId: number): Histogram {
    if (bucket !== this.#bucket) {
      this.#bucket = bucket;
      this.#byPlace = this.#byBucket.get(bucket) ?? new Map<number, Histogram[]>();
      this.#byBucket.set(bucket, this.#byPlace);
    }
    return this.#byPlace.get(place)?.[typeId] ?? this.#learn(bucket, place, typeId);
  }

  #learn(bucket: number, place: number, typeId: number): Histogram {
    const sessionId = place % this.#sessionFactor;
    const { sizes } = this.#groups.of({
      typeId,
      connectionId: (place - sessionId) / this.#sessionFactor,
      sessionId,
      bucketUs: bucket * (this.#groups.dimensions.bucketUs ?? 0),
    });
    const byType = this.#byPlace.get(place) ?? [];
    byType[typeId] = sizes;
    this.#byPlace.set(place, byType);
    return sizes;
  }
}
