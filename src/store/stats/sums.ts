/**
 * Sums for statistics, each from the coarsest possible table: whole hours from the hourly roll-ups, the minutes that a
 * time limit cuts off an hour from the minutely ones, and the part that it cuts off a minute from the frames.
 */
import type { Database } from '../database.js';
import type { FramePlan } from '../frame-plan.js';
import { minuteRanges } from '../id-ranges.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';
import type { Dimensions, BucketSums } from './groups.js';

/** Times from `sinceUs` on and before `untilUs`. */
export interface Span {
  readonly sinceUs: number;
  readonly untilUs: number;
}

/** Reads the sums of everything that passes, in rows that a group may have several of. */
export function* readSums(db: Database, plan: FramePlan, dimensions: Dimensions): Generator<BucketSums> {
  const span = { sinceUs: plan.sinceUs, untilUs: plan.untilUs };
  const minutes = wholeBuckets(span, MINUTE_US);
  for (const edge of around(span, minutes)) yield* fromFrames(db, plan, edge, dimensions);
  if (minutes === null) return;
  const hours = dimensions.bucketUs === MINUTE_US ? null : wholeBuckets(minutes, HOUR_US);
  for (const edge of around(minutes, hours)) yield* fromRollups(db, 'minute', plan, edge, dimensions);
  if (hours !== null) yield* fromRollups(db, 'hour', plan, hours, dimensions);
}

/** Part of `span` that whole buckets cover, or null. */
export function wholeBuckets({ sinceUs, untilUs }: Span, bucketUs: number): Span | null {
  const first = Math.ceil(sinceUs / bucketUs) * bucketUs;
  const end = untilUs === Number.MAX_SAFE_INTEGER ? untilUs : Math.floor(untilUs / bucketUs) * bucketUs;
  return first < end ? { sinceUs: first, untilUs: end } : null;
}

/** The parts of `span` before and after `inner`; all of it if `inner` is null. */
export function around(span: Span, inner: Span | null): readonly Span[] {
  if (inner === null) return [span];
  return [
    { sinceUs: span.sinceUs, untilUs: inner.sinceUs },
    { sinceUs: inner.untilUs, untilUs: span.untilUs },
  ].filter(({ sinceUs, untilUs }) => sinceUs < untilUs);
}

function fromRollups(
  db: Database,
  name: 'minute' | 'hour',
  plan: FramePlan,
  { sinceUs, untilUs }: Span,
  dimensions: Dimensions,
): readonly BucketSums[] {
  const { scope } = plan;
  const place = placeColumns(dimensions, `${name}_at_us`, name === 'minute' ? MINUTE_US : HOUR_US);
  // Hundreds of thousands of rows when grouped by minute, nearly all of them with payloads: the others are summed up.
  const sql = `SELECT ${place.columns}, sum(frame_count) AS count, sum(wire_bytes) AS wireBytes,
      sum(payload_bytes) AS payloadBytes,
      sum(wire_bytes) - coalesce(sum(wire_bytes) FILTER (
        WHERE type_id IN (SELECT id FROM frame_type WHERE status <> 'ok')), 0) AS payloadWireBytes,
      min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
    FROM ${name}_rollup
    WHERE ${name}_at_us >= ? AND ${name}_at_us < ? AND ${scope.sql} ${place.grouping}`;
  return db.prepare<unknown[], BucketSums>(sql).all(sinceUs, untilUs, ...scope.values);
}

function* fromFrames(
  db: Database,
  plan: FramePlan,
  { sinceUs, untilUs }: Span,
  dimensions: Dimensions,
): Generator<BucketSums> {
  const { scope } = plan;
  const place = placeColumns(dimensions, 'at_us', 1);
  const sql = `SELECT ${place.columns}, count(*) AS count,
      sum(iif(type_id IN (SELECT id FROM frame_type WHERE status = 'partial'), 0, wire_bytes)) AS wireBytes,
      coalesce(sum(payload_bytes), 0) AS payloadBytes,
      sum(iif(type_id IN (SELECT id FROM frame_type WHERE status = 'ok'), wire_bytes, 0)) AS payloadWireBytes,
      min(at_us) AS firstAtUs, max(at_us) AS lastAtUs
    FROM frame
    WHERE id BETWEEN ? AND ? AND at_us >= ? AND at_us < ? AND ${scope.sql} ${place.grouping}`;
  const statement = db.prepare<unknown[], BucketSums>(sql);
  for (const { first, last } of minuteRanges(db, plan, sinceUs - (sinceUs % MINUTE_US), untilUs)) {
    yield* statement.all(first, last, sinceUs, untilUs, ...scope.values);
  }
}

/** Columns of a bucket, and how to group by the used ones, in the order of the roll-ups' primary key. */
function placeColumns(
  { hasType, hasConnection, hasSession, bucketUs }: Dimensions,
  at: string,
  atUnitUs: number,
): { readonly columns: string; readonly grouping: string } {
  // The bare column, where it will do, spares a sort.
  const bucket = bucketUs === atUnitUs ? at : `${at} / ${bucketUs} * ${bucketUs}`;
  const columns = [
    ['bucketUs', bucketUs === null ? null : bucket],
    ['connectionId', hasConnection ? 'connection_id' : null],
    ['sessionId', hasSession ? 'coalesce(session_id, 0)' : null],
    ['typeId', hasType ? 'type_id' : null],
  ] as const;
  const grouped = columns.flatMap(([, sql]) => (sql === null ? [] : [sql]));
  return {
    columns: columns.map(([name, sql]) => `${sql ?? '0'} AS ${name}`).join(', '),
    grouping: grouped.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${grouped.join(', ')}`,
  };
}
