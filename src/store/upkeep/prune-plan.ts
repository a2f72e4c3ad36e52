/**
 * Prune plan: counts the rows that `prune` would delete, without deleting.
 *
 * Frames come from the sums. The rest comes from the conditions of leftovers.ts, adapted to a file that still has all
 * its frames. The writer thread loads the pruner but not this file, because it needs no statistics.
 */
import type { Database } from '../database.js';
import { whereOnlySession } from '../exchanges/filter.js';
import { readStats } from '../stats/stats.js';
import type { Leftovers } from './leftovers.js';
import type { PruneScope } from './pruner.js';
import type { PruneStep } from './upkeep.js';

/** Connections that are kept; `gone` is in the statement around it. */
const STAYING = 'SELECT id FROM connection WHERE id NOT IN (SELECT id FROM gone)';

/** Counts what goes with the frames before a time; `used` are the connections and sessions with later frames. */
const OF_AGE = `
WITH used AS (SELECT connection_id, session_id FROM minute_rollup WHERE last_at_us >= :before),
  gone AS (SELECT id FROM connection
    WHERE opened_at_us < :before AND id NOT IN (SELECT connection_id FROM used))
SELECT
  (SELECT count(*) FROM exchange WHERE started_at_us < :before) AS exchanges,
  (SELECT count(*) FROM gone) AS connections,
  (SELECT count(*) FROM session WHERE started_at_us < :before AND id NOT IN (
    SELECT session_id FROM used
    UNION SELECT session_id FROM session_connection WHERE connection_id IN (${STAYING})
    UNION SELECT session_id FROM heartbeat
      WHERE session_id NOTNULL AND sent_at_us >= :before AND connection_id IN (${STAYING})
    UNION SELECT session_id FROM observation
      WHERE session_id NOTNULL AND at_us >= :before AND connection_id IN (${STAYING}))) AS sessions`;

/** Counts what goes with one session: it, and the connections that no other session has. */
const OF_SESSION = `
SELECT (SELECT count(*) FROM session WHERE id = :session) AS sessions,
  (SELECT count(DISTINCT connection_id) FROM session_connection WHERE session_id = :session
     AND connection_id NOT IN (SELECT connection_id FROM session_connection WHERE session_id <> :session)
     AND connection_id NOT IN (SELECT connection_id FROM hour_rollup WHERE session_id <> :session)) AS connections`;

/** Counts the rows in `scope`, which names a time or a session. */
export function planPrune(db: Database, scope: PruneScope): PruneStep {
  const { beforeUs, session } = scope;
  const { total } = readStats(db, { untilUs: beforeUs, session, by: [], hasSizes: false });
  const { count: frames, wireBytes, payloadBytes } = total;
  return { frames, wireBytes, payloadBytes, ...countLeftovers(db, scope) };
}

function countLeftovers(db: Database, { beforeUs, session }: PruneScope): Leftovers {
  const none = { exchanges: 0, connections: 0, sessions: 0 };
  if (session === undefined) {
    return db.prepare<[object], Leftovers>(OF_AGE).get({ before: beforeUs }) ?? none;
  }
  // The session stays as long as it may have frames.
  if (beforeUs !== undefined) return none;
  const alone = db.prepare<[object], Omit<Leftovers, 'exchanges'>>(OF_SESSION).get({ session });
  return { ...none, ...alone, exchanges: whereOnlySession(db, session).length };
}
