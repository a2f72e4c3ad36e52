/**
 * Id ranges: the parts of the frame table to search, derived from the roll-ups.
 *
 * Frames have no index except their id. A roll-up row holds the first and last id of its frames, so a filter that
 * selects little becomes a few short ranges. The ranges contain every frame of the filter, and others.
 */
import { NO_ROWS } from './condition.js';
import type { Database } from './database.js';
import { isSelective, type FramePlan } from './frame-plan.js';
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
export function* idRanges(db: Database, plan: FramePlan): Generator<IdRange> {
  if (!isSelective(plan)) {
    yield* everything(db, plan);
    return;
  }
  for (const hour of hourRanges(db, plan)) yield* withinHour(db, plan, hour);
}

/** The same ranges in descending order. */
export function* idRangesBackwards(db: Database, plan: FramePlan): Generator<IdRange> {
  if (!isSelective(plan)) {
    yield* everything(db, plan);
    return;
  }
  for (const hour of hourRanges(db, plan).toReversed()) {
    yield* withinHour(db, plan, hour).toReversed();
  }
}

/** Id ranges of the frames in [`sinceUs`, `untilUs`), both full minutes. */
export function minuteRanges(
  db: Database,
  plan: FramePlan,
  sinceUs: number,
  untilUs: number,
): readonly IdRange[] {
  return merged(bucketRows(db, 'minute', plan, sinceUs, untilUs).map(({ first, last }) => ({ first, last })));
}

function everything(db: Database, plan: FramePlan): readonly IdRange[] {
  const newest = db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0;
  const first = plan.afterId + 1;
  const last = Math.min(newest, plan.beforeId - 1);
  return first <= last ? [{ first, last }] : [];
}

/** Ranges by hour, cut so that they do not overlap; each with the span of time that its frames can have. */
function hourRanges(db: Database, plan: FramePlan): readonly HourRange[] {
  const { sinceUs, untilUs } = plan;
  const rows = bucketRows(db, 'hour', plan, sinceUs - (sinceUs % HOUR_US), untilUs);
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

function withinHour(db: Database, plan: FramePlan, hour: HourRange): readonly IdRange[] {
  if (hour.last - hour.first < WIDE_IDS) return [{ first: hour.first, last: hour.last }];
  const { sinceUs, untilUs } = plan;
  const rows = bucketRows(
    db,
    'minute',
    { ...plan, afterId: hour.first - 1, beforeId: hour.last + 1 },
    Math.max(hour.sinceUs, sinceUs - (sinceUs % MINUTE_US)),
    Math.min(hour.untilUs, untilUs),
  );
  return merged(rows);
}

function bucketRows(
  db: Database,
  name: 'minute' | 'hour',
  plan: FramePlan,
  sinceUs: number,
  untilUs: number,
): readonly BucketRow[] {
  const { afterId, beforeId, scope } = plan;
  if (afterId + 1 >= beforeId || scope === NO_ROWS) return [];
  const sql = `SELECT ${name}_at_us AS bucket, max(min(first_frame_id), ?) AS first, min(max(last_frame_id), ?) AS last
    FROM ${name}_rollup
    WHERE ${name}_at_us >= ? AND ${name}_at_us < ? AND last_frame_id > ? AND first_frame_id < ? AND ${scope.sql}
    GROUP BY 1 ORDER BY 2`;
  return db
    .prepare<unknown[], BucketRow>(sql)
    .all(afterId + 1, beforeId - 1, sinceUs, untilUs, afterId, beforeId, ...scope.values);
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
