/**
 * Filters of REST calls as conditions with bound values, and the calls that belong to a session.
 *
 * A call has its client's token, as a placeholder, and no session. A session's calls are those of the same token in its
 * captures, from the end of the previous session (of the same token and shard) to its own end. The shards of one bot
 * share their token, and so their calls. If no call has the session's token, only the time decides.
 */
import { whereAll, EVERYTHING, whereEqual, type Condition } from '../condition.js';
import type { CallKeyName } from '../../filter/keys.js';
import type { Filter } from '../../filter/nodes.js';
import type { Database } from '../database.js';
import type { TimeSpan } from '../filter.js';

/** Some statuses: from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** A filter of REST calls: text, or a tree of parseCallFilter; of several, all have to hold. */
export type CallFilter = string | Filter<CallKeyName> | readonly (string | Filter<CallKeyName>)[];

/** Selects REST calls. An omitted field does not restrict. */
export interface ExchangeFilter extends TimeSpan {
  /** Id of one call. */
  readonly id?: number | undefined;
  readonly method?: string | undefined;
  /** Route, with `*`, `?` and `[…]` as in file names. */
  readonly route?: string | undefined;
  /** Statuses of answers, any of them; null selects calls without an answer. */
  readonly statuses?: readonly (StatusRange | null)[] | undefined;
  /** Id of a session. */
  readonly session?: number | undefined;
  /** Filters of the language, with the keys of REST calls (docs/filters.md); all of them have to hold. */
  readonly filter?: CallFilter | undefined;
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

interface SessionSpan {
  readonly token_alias: string | null;
  readonly since_us: number;
  readonly until_us: number;
}

// A session without a recorded end has the greatest integer that is exact in JavaScript as its end.
const SPAN = `
WITH link AS (
  SELECT session_id, connection_id, at_us,
    lead(at_us) OVER (PARTITION BY connection_id ORDER BY id) AS next_at_us
  FROM session_connection
), span AS (
  SELECT session.id, token_alias, shard_id, min(link.at_us) AS from_us,
    max(coalesce(link.next_at_us, closed_at_us, ended_at_us, ${Number.MAX_SAFE_INTEGER})) AS until_us
  FROM session
  JOIN link ON link.session_id = session.id
  JOIN connection ON connection.id = link.connection_id
  JOIN capture ON capture.id = connection.capture_id
  GROUP BY session.id
)
SELECT token_alias, until_us, coalesce((
  SELECT max(until_us) FROM span AS earlier
  WHERE earlier.token_alias IS own.token_alias AND earlier.shard_id IS own.shard_id
    AND earlier.until_us <= own.from_us AND earlier.id <> own.id), 0) AS since_us
FROM span AS own WHERE id = ?`;

const OF_SESSION = `started_at_us BETWEEN ? AND ? AND capture_id IN (
  SELECT capture_id FROM connection WHERE id IN (
    SELECT connection_id FROM session_connection WHERE session_id = ?))`;

/** Condition on exchange: the whole filter but its limit, and but for the language (call-filter.ts). */
export function exchangeCondition(db: Database, filter: ExchangeFilter): Condition {
  return whereAll([
    whereEqual('exchange.id = ?', filter.id),
    whereEqual('method = ?', filter.method),
    whereEqual('route GLOB ?', filter.route),
    statusCondition(filter.statuses),
    whereEqual('started_at_us >= ?', filter.sinceUs),
    whereEqual('started_at_us < ?', filter.untilUs),
    filter.session === undefined ? EVERYTHING : sessionCondition(db, filter.session),
  ]);
}

const BESIDE = `
SELECT DISTINCT link.session_id FROM session_connection AS link
JOIN connection ON connection.id = link.connection_id
WHERE link.session_id <> :session AND capture_id IN (
  SELECT capture_id FROM connection WHERE id IN (
    SELECT connection_id FROM session_connection WHERE session_id = :session))`;

/** Ids of the calls that are a session's alone: the shards of one bot share theirs. */
export function whereOnlySession(db: Database, session: number): readonly number[] {
  const findIds = (one: number): readonly number[] => {
    const { sql, values } = exchangeCondition(db, { session: one });
    return db
      .prepare<unknown[], number>(`SELECT id FROM exchange WHERE ${sql}`)
      .pluck()
      .all(...values);
  };
  const own = new Set(findIds(session));
  if (own.size === 0) return [];
  const others = db.prepare<[Record<string, number>], number>(BESIDE).pluck().all({ session });
  for (const other of others) for (const id of findIds(other)) own.delete(id);
  return [...own];
}

function statusCondition(statuses: ExchangeFilter['statuses']): Condition {
  if (statuses === undefined) return EVERYTHING;
  const parts = statuses.map((range) => (range === null ? 'status IS NULL' : 'status BETWEEN ? AND ?'));
  const values = statuses.flatMap((range) => (range === null ? [] : [range.from, range.to]));
  return { sql: `(${parts.join(' OR ')})`, values };
}

/** Condition that a call belongs to a session. */
export function sessionCondition(db: Database, session: number): Condition {
  const span = db.prepare<[number], SessionSpan>(SPAN).get(session);
  if (span === undefined) return { sql: 'FALSE', values: [] };
  const inTime = { sql: OF_SESSION, values: [span.since_us, span.until_us, session] };
  if (span.token_alias === null) return inTime;
  const ofToken = whereAll([inTime, whereEqual('token_alias = ?', span.token_alias)]);
  const isAny = db.prepare(`SELECT 1 FROM exchange WHERE ${ofToken.sql} LIMIT 1`).get(...ofToken.values);
  return isAny === undefined ? inTime : ofToken;
}
