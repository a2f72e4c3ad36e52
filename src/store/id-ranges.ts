/**
 * Id ranges: the parts of the frame table to search, derived from the roll-ups.
 *
 * Frames have no index except their id. A roll-up row holds the first and last id of its frames, so a filter that
 * selects little becomes a few short ranges. The ranges contain every frame of the filter, and others.
 */
import type { Database } from './database.js';
import { isSelective, scopeCondition, type FrameFilter } from './filter.js';
import { HOUR_US, MINUTE_US } from './rollups.js';

/** Frame ids from `first` to `last`, both within. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

interface HourRange extends IdRange {
  readonly sinceUs: number;
  readonly untilUs: number;
}

interface BucketRow {
  readonly bucket: number;
  readonly first: number;
  readonly last: number;
}

/** An hour whose ids span more than this is looked at minute by minute. */
const WIDE_IDS = 20_000;

/** Ranges in ascending order, without overlap. */
export function* idRanges(db: Database, filter: FrameFilter): Generator<IdRange> {
  if (!isSelective(filter)) {
    yield* everything(db, filter);
    return;
  }
  for (const hour of hourRanges(db, filter)) yield* withinHour(db, filter, hour);
}

/** The same ranges in descending order. */
export function* idRangesBackwards(db: Database, filter: FrameFilter): Generator<IdRange> {
  if (!isSelective(filter)) {
    yield* everything(db, filter);
    return;
  }
  for (const hour of hourRanges(db, filter).toReversed()) {
    yield* withinHour(db, filter, hour).toReversed();
  }
}

/** Id ranges of the frames in [`sinceUs`, `untilUs`), both full minutes. */
export function minuteRanges(
  db: Database,
  filter: FrameFilter,
  sinceUs: number,
  untilUs: number,
): readonly IdRange[] {
  return merged(
    bucketRows(db, 'minute', filter, sinceUs, untilUs).map(({ first, last }) => ({ first, last })),
  );
}

function everything(db: Database, filter: FrameFilter): readonly IdRange[] {
  const newest = db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0;
  const first = (filter.afterId ?? 0) + 1;
  const last = Math.min(newest, (filter.beforeId ?? Infinity) - 1);
  return first <= last ? [{ first, last }] : [];
}

/** Ranges by hour, cut so that they do not overlap; each with the span of time that its frames can have. */
function hourRanges(db: Database, filter: FrameFilter): readonly HourRange[] {
  const sinceUs = filter.sinceUs ?? 0;
  const rows = bucketRows(db, 'hour', filter, sinceUs - (sinceUs % HOUR_US), filter.untilUs ?? Infinity);
  const ranges: HourRange[] = [];
  for (const { bucket, first, last } of rows) {
    const end = ranges.at(-1)?.last ?? 0;
    for (let i = ranges.length - 1; i >= 0; i--) {
      const earlier = ranges[i];
      if (earlier === undefined || earlier.last < first) break;
      ranges[i] = {
        ...earlier,
        sinceUs: Math.min(earlier.sinceUs, bucket),
        untilUs: Math.max(earlier.untilUs, bucket + HOUR_US),
      };
    }
    if (last > end) {
      ranges.push({ first: Math.max(first, end + 1), last, sinceUs: bucket, untilUs: bucket + HOUR_US });
    }
  }
  return ranges;
}

function withinHour(db: Database, filter: FrameFilter, hour: HourRange): readonly IdRange[] {
  if (hour.last - hour.first < WIDE_IDS) return [{ first: hour.first, last: hour.last }];
  const sinceUs = filter.sinceUs ?? 0;
  const rows = bucketRows(
    db,
    'minute',
    { ...filter, afterId: hour.first - 1, beforeId: hour.last + 1 },
    Math.max(hour.sinceUs, sinceUs - (sinceUs % MINUTE_US)),
    Math.min(hour.untilUs, filter.untilUs ?? Infinity),
  );
  return merged(rows);
}

function bucketRows(
  db: Database,
  name: 'minute' | 'hour',
  filter: FrameFilter,
  sinceUs: number,
  untilUs: number,
): readonly BucketRow[] {
  const afterId = filter.afterId ?? 0;
  const beforeId = Math.min(filter.beforeId ?? Infinity, Number.MAX_SAFE_INTEGER);
  if (afterId + 1 >= beforeId) return [];
  const scope = scopeCondition(filter);
  const sql = `SELECT ${name}_at_us AS bucket, max(min(first_frame_id), ?) AS first, min(max(last_frame_id), ?) AS last
    FROM ${name}_rollup
    WHERE ${name}_at_us >= ? AND ${name}_at_us < ? AND last_frame_id > ? AND first_frame_id < ? AND ${scope.sql}
    GROUP BY 1 ORDER BY 2`;
  return db
    .prepare<unknown[], BucketRow>(sql)
    .all(
      afterId + 1,
      beforeId - 1,
      sinceUs,
      Math.min(untilUs, Number.MAX_SAFE_INTEGER),
      afterId,
      beforeId,
      ...scope.values,
    );
}

function merged(ranges: readonly IdRange[]): readonly IdRange[] {
  const result: IdRange[] = [];
  for (const range of ranges) {
    const before = result.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      result[result.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else {
      result.push({ first: range.first, last: range.last });
    }
  }
  return result;
}
