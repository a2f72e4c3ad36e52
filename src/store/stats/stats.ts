/**
 * Statistics: counts, bytes and rates from the roll-ups, percentiles of sizes from the narrow frame rows; by guild,
 * channel, user or size everything frame by frame.
 *
 * The figures equal those of a full scan for all time limits. All reads are in one snapshot, so the figures are
 * consistent while a recorder writes.
 */
import type { Database } from '../database.js';
import type { FilteredBy, Scope, TimeSpan } from '../filter.js';
import { planFrames, type FramePlan } from '../frame-plan.js';
import type { OnSearched } from '../frame-rows.js';
import { Histogram } from './histogram.js';
import { GroupTable, readGroupFacts, StatsGroups, type GroupValues, type GroupSums } from './groups.js';
import type { GroupKey } from '../query-words.js';
import { readFrameByFrame } from './frames.js';
import { readSizes } from './sizes.js';
import { readSums } from './sums.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';

/** Filter and group keys of a query. */
export interface StatsQuery extends Scope, TimeSpan, FilteredBy {
  /** Default: op, event, sender. */
  readonly by?: readonly GroupKey[] | undefined;
  /** False leaves the sizes null where nothing else needs a pass over the frames. Default true. */
  readonly hasSizes?: boolean | undefined;
}

/** Figures of a group, or of everything. */
export interface StatsFigures {
  /** Frames, partial and control ones too. */
  readonly count: number;
  /** Without partial frames: the frame that completes a payload has the bytes of all that carried it. */
  readonly wireBytes: number;
  readonly payloadBytes: number;
  /** Payload bytes per wire byte, over the frames that hold a payload; null if there are none. */
  readonly ratio: number | null;
  /**
   * Count per second of the selection's span, of a minute or hour per second of the part that lies in that span; null
   * when that is one instant.
   */
  readonly perSecond: number | null;
  /** Size that half of the frames do not exceed: payload bytes, or wire bytes if there is no payload. */
  readonly sizeP50: number | null;
  readonly sizeP95: number | null;
  readonly sizeP99: number | null;
  readonly sizeMax: number | null;
  /** µs since the Unix epoch; null if there are no frames. */
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** Figures of one group, and its keys. */
export interface StatsGroup extends GroupValues, StatsFigures {}

/** Heartbeats of the selection; its opcodes, events and senders do not matter here. */
export interface HeartbeatFigures {
  readonly sent: number;
  readonly acked: number;
  /** Those whose connection ended before the acknowledgement. */
  readonly missed: number;
  /** Round-trip times in µs, nearest-rank; null if no heartbeat was acknowledged. */
  readonly rttP50Us: number | null;
  readonly rttP99Us: number | null;
}

/** Deleted frames, by any pruning of frames in the span of time; no other filter applies. */
export interface PrunedFigures {
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  /** µs since the Unix epoch; null when nothing was deleted. */
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** Answer to a query. */
export interface Stats {
  /** By time where it is grouped by time, else the most frequent first. */
  readonly groups: readonly StatsGroup[];
  readonly total: StatsFigures;
  readonly heartbeat: HeartbeatFigures;
  /** Frames missing from these figures. */
  readonly pruned: PrunedFigures;
}

const DEFAULT_BY: readonly GroupKey[] = ['op', 'event', 'sender'];

/** What one database contributes. */
export interface StatsPart {
  readonly groups: GroupTable;
  readonly heartbeat: HeartbeatSums;
  readonly pruned: PrunedFigures;
}

/** Heartbeats while they are counted. */
export interface HeartbeatSums {
  readonly acked: Histogram;
  readonly ackedCount: number;
  readonly missed: number;
}

/** A part, and the database that it is of. */
export interface FilePart {
  readonly file: string;
  readonly part: StatsPart;
}

/** Computes statistics. */
export function readStats(db: Database, query: StatsQuery, onSearched?: OnSearched): Stats {
  return toStats(readStatsPart(db, query, onSearched));
}

/** Statistics of several databases together. */
export function mergeStats(parts: readonly FilePart[], by: readonly GroupKey[] = DEFAULT_BY): Stats {
  const groups = new GroupTable();
  for (const { file, part } of parts) groups.merge(part.groups, file, by);
  const acked = new Histogram();
  for (const { part } of parts) acked.merge(part.heartbeat.acked);
  const sum = (read: (part: StatsPart) => number): number =>
    parts.reduce((total, { part }) => total + read(part), 0);
  return toStats({
    groups,
    heartbeat: {
      acked,
      ackedCount: sum(({ heartbeat }) => heartbeat.ackedCount),
      missed: sum(({ heartbeat }) => heartbeat.missed),
    },
    pruned: {
      frames: sum(({ pruned }) => pruned.frames),
      wireBytes: sum(({ pruned }) => pruned.wireBytes),
      payloadBytes: sum(({ pruned }) => pruned.payloadBytes),
      firstAtUs: extreme(
        Math.min,
        parts.map(({ part }) => part.pruned.firstAtUs),
      ),
      lastAtUs: extreme(
        Math.max,
        parts.map(({ part }) => part.pruned.lastAtUs),
      ),
    },
  });
}

/** The smallest or greatest of the times that there are, or null. */
function extreme(choose: (...times: number[]) => number, times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : choose(...known);
}

/** Computes what one database contributes to statistics, in one snapshot of it. */
export function readStatsPart(
  db: Database,
  query: StatsQuery,
  onSearched: OnSearched = () => undefined,
): StatsPart {
  return db.transaction(() => {
    const groups = new StatsGroups(query.by ?? DEFAULT_BY, readGroupFacts(db));
    const plan = planFrames(db, query);
    if (groups.dimensions.isByFrame || !plan.isScopeExact) readFrameByFrame(db, plan, groups, onSearched);
    else {
      for (const row of readSums(db, plan, groups.dimensions)) groups.add(row);
      if (query.hasSizes !== false) readSizes(db, plan, groups, onSearched);
    }
    return { groups: groups.table, heartbeat: readHeartbeat(db, plan), pruned: readPruned(db, plan) };
  })();
}

/** Figures of one part. */
export function toStats({ groups, heartbeat, pruned }: StatsPart): Stats {
  const { sums, sizes } = groups.total();
  return {
    // There may be thousands of groups, and V8 takes 10 µs to spread the facts of each.
    groups: groups
      .sorted()
      .map(({ facts, sums: own, sizes: ownSizes }) =>
        Object.assign({}, facts, figures(own, ownSizes, measureSpanUs(facts, sums))),
      ),
    total: figures(sums, sizes, measureSpanUs({}, sums)),
    heartbeat: toHeartbeatFigures(heartbeat),
    pruned,
  };
}

/** Length in µs of the part of the selection that a group can have frames in. */
function measureSpanUs({ minuteAtUs, hourAtUs }: GroupValues, { firstAtUs, lastAtUs }: GroupSums): number {
  const [startUs, lengthUs] =
    minuteAtUs === undefined ? [hourAtUs ?? -Infinity, HOUR_US] : [minuteAtUs, MINUTE_US];
  const endUs = startUs === -Infinity ? lastAtUs : Math.min(startUs + lengthUs, lastAtUs);
  return endUs - Math.max(startUs, firstAtUs);
}

function figures(sums: GroupSums, sizes: Histogram, spanUs: number): StatsFigures {
  const [sizeP50 = null, sizeP95 = null, sizeP99 = null, sizeMax = null] = sizes.percentiles([
    50, 95, 99, 100,
  ]);
  const { count, wireBytes, payloadBytes, payloadWireBytes } = sums;
  return {
    count,
    wireBytes,
    payloadBytes,
    ratio: payloadWireBytes === 0 ? null : payloadBytes / payloadWireBytes,
    perSecond: spanUs > 0 ? (count * 1e6) / spanUs : null,
    sizeP50,
    sizeP95,
    sizeP99,
    sizeMax,
    firstAtUs: count === 0 ? null : sums.firstAtUs,
    lastAtUs: count === 0 ? null : sums.lastAtUs,
  };
}

function readHeartbeat(db: Database, { place, sinceUs, untilUs }: FramePlan): HeartbeatSums {
  const roundTrips = db
    .prepare<unknown[], number | null>(
      `SELECT acked_at_us - sent_at_us FROM heartbeat WHERE sent_at_us >= ? AND sent_at_us < ? AND ${place.sql}`,
    )
    .pluck()
    .all(sinceUs, untilUs, ...place.values);
  const acked = new Histogram();
  let missed = 0;
  for (const roundTrip of roundTrips) {
    if (roundTrip === null) missed += 1;
    else acked.add(roundTrip);
  }
  return { acked, ackedCount: roundTrips.length - missed, missed };
}

function toHeartbeatFigures({ acked, ackedCount, missed }: HeartbeatSums): HeartbeatFigures {
  const [rttP50Us = null, rttP99Us = null] = acked.percentiles([50, 99]);
  return { sent: ackedCount + missed, acked: ackedCount, missed, rttP50Us, rttP99Us };
}

function readPruned(db: Database, { sinceUs, untilUs }: FramePlan): PrunedFigures {
  const row = db
    .prepare<[number, number], PrunedFigures>(
      `SELECT coalesce(sum(frame_count), 0) AS frames, coalesce(sum(wire_bytes), 0) AS wireBytes,
         coalesce(sum(payload_bytes), 0) AS payloadBytes, min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
       FROM pruning WHERE last_at_us >= ? AND first_at_us < ?`,
    )
    .get(sinceUs, untilUs);
  return row ?? { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: null, lastAtUs: null };
}
