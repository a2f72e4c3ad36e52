/**
 * Heartbeats: round trips one by one, or in figures by time, connection, session or shard.
 */
import { whereAll, whereEqual } from './condition.js';
import type { Database } from './database.js';
import type { Scope, TimeSpan } from './filter.js';
import { placeCondition } from './frame-plan.js';
import type { HeartbeatGroupKey } from './query-words.js';
import { HOUR_US, MINUTE_US } from './rollups.js';
import { Histogram } from './stats/histogram.js';

/** Which heartbeats; times are those of sending. */
export interface HeartbeatFilter
  extends TimeSpan, Pick<Scope, 'capture' | 'connection' | 'session' | 'shard'> {
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

/** One heartbeat. */
export interface HeartbeatRow {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  /** µs since the Unix epoch. */
  readonly sentAtUs: number;
  /** Null when the connection ended before the acknowledgement. */
  readonly ackedAtUs: number | null;
  /** Round trip in µs. */
  readonly rttUs: number | null;
}

/** Figures of a group, with its values of the group keys. */
export interface HeartbeatGroup {
  /** Start of the minute or hour, µs since the Unix epoch. */
  readonly minuteAtUs?: number;
  readonly hourAtUs?: number;
  readonly connectionId?: number;
  readonly sessionId?: number | null;
  readonly shard?: readonly [number, number] | null;
  readonly sent: number;
  readonly acked: number;
  /** Those whose connection ended before the acknowledgement. */
  readonly missed: number;
  /** Round trips in µs, nearest rank; null if no heartbeat was acknowledged. */
  readonly rttP50Us: number | null;
  readonly rttP99Us: number | null;
  readonly rttMaxUs: number | null;
}

const COLUMNS = `heartbeat.id, connection_id AS connectionId, session_id AS sessionId, sent_at_us AS sentAtUs,
  acked_at_us AS ackedAtUs, acked_at_us - sent_at_us AS rttUs`;

function condition(filter: HeartbeatFilter): ReturnType<typeof whereAll> {
  return whereAll([
    whereEqual('sent_at_us >= ?', filter.sinceUs),
    whereEqual('sent_at_us < ?', filter.untilUs),
    placeCondition(filter),
  ]);
}

/** Heartbeats that pass, in the order of sending. */
export function listHeartbeats(db: Database, filter: HeartbeatFilter): readonly HeartbeatRow[] {
  const { sql, values } = condition(filter);
  return db
    .prepare<unknown[], HeartbeatRow>(
      `SELECT * FROM (SELECT ${COLUMNS} FROM heartbeat WHERE ${sql} ORDER BY sent_at_us DESC, id DESC LIMIT ?)
       ORDER BY sentAtUs, id`,
    )
    .all(...values, filter.limit ?? -1);
}

interface Fact {
  readonly connectionId: number;
  readonly sessionId: number | null;
  readonly sentAtUs: number;
  readonly rttUs: number | null;
  readonly shardId: number | null;
  readonly shardCount: number | null;
}

const FACTS: Readonly<Record<HeartbeatGroupKey, (row: Fact) => Partial<HeartbeatGroup>>> = {
  minute: ({ sentAtUs }) => ({ minuteAtUs: sentAtUs - (sentAtUs % MINUTE_US) }),
  hour: ({ sentAtUs }) => ({ hourAtUs: sentAtUs - (sentAtUs % HOUR_US) }),
  connection: ({ connectionId }) => ({ connectionId }),
  session: ({ sessionId }) => ({ sessionId }),
  shard: ({ shardId, shardCount }) => ({
    shard: shardId === null || shardCount === null ? null : [shardId, shardCount],
  }),
};

/** Figures of the heartbeats that pass, grouped `by`, groups in the order of their first heartbeat. */
export function readHeartbeatGroups(
  db: Database,
  filter: HeartbeatFilter,
  by: readonly HeartbeatGroupKey[],
): readonly HeartbeatGroup[] {
  const { sql, values } = condition(filter);
  const groups = new Map<
    string,
    { facts: Partial<HeartbeatGroup>; missed: number; acked: number; rtts: Histogram }
  >();
  const rows = db
    .prepare<unknown[], Fact>(
      `SELECT ${COLUMNS}, shard_id AS shardId, shard_count AS shardCount FROM heartbeat
       LEFT JOIN session ON session.id = session_id WHERE ${sql} ORDER BY sent_at_us, heartbeat.id`,
    )
    .all(...values);
  for (const row of rows) {
    const facts = Object.assign({}, ...by.map((key) => FACTS[key](row))) as Partial<HeartbeatGroup>;
    const key = JSON.stringify(facts);
    const group = groups.get(key) ?? { facts, missed: 0, acked: 0, rtts: new Histogram() };
    groups.set(key, group);
    if (row.rttUs === null) group.missed += 1;
    else {
      group.acked += 1;
      group.rtts.add(row.rttUs);
    }
  }
  return [...groups.values()].map(({ facts, missed, acked, rtts }) => {
    const [rttP50Us = null, rttP99Us = null, rttMaxUs = null] = rtts.percentiles([50, 99, 100]);
    return { ...facts, sent: missed + acked, acked, missed, rttP50Us, rttP99Us, rttMaxUs };
  });
}
