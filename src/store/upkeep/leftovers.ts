/**
 * Leftovers: rows that serve no purpose after pruning and are deleted with the frames: heartbeats, observations and
 * REST calls of that time, and connections, sessions and captures without frames.
 *
 * The rows of a running capture are kept, because its recorder holds their ids.
 */
import type { Database } from '../database.js';
import { whereOnlySession } from '../exchanges/filter.js';

const GONE = `SELECT id FROM connection WHERE opened_at_us < :before AND capture_id <> :running
  AND id NOT IN (SELECT connection_id FROM hour_rollup)`;

const OF_CONNECTION = ['heartbeat', 'observation', 'gap', 'session_connection'];

/** Counts of deleted rows; dependent rows are not counted. */
export interface Leftovers {
  readonly exchanges: number;
  readonly connections: number;
  readonly sessions: number;
}

/** One statement, and the counter of the rows that it deletes. */
type Step = readonly [sql: string, counted?: keyof Leftovers];

// In this order: referring rows go before the rows they refer to.
const STEPS: readonly Step[] = [
  ['DELETE FROM heartbeat WHERE sent_at_us < :before'],
  ['DELETE FROM observation WHERE at_us < :before'],
  ['DELETE FROM gap WHERE until_us < :before'],
  ['DELETE FROM exchange_body WHERE exchange_id IN (SELECT id FROM exchange WHERE started_at_us < :before)'],
  ['DELETE FROM exchange WHERE started_at_us < :before', 'exchanges'],
  ...OF_CONNECTION.map((table): Step => [`DELETE FROM ${table} WHERE connection_id IN (${GONE})`]),
  [`DELETE FROM connection WHERE id IN (${GONE})`, 'connections'],
  [
    `DELETE FROM session WHERE started_at_us < :before AND id NOT IN (SELECT session_id FROM session_connection)
     AND id NOT IN (SELECT session_id FROM hour_rollup)
     AND id NOT IN (SELECT session_id FROM heartbeat WHERE session_id NOTNULL)
     AND id NOT IN (SELECT session_id FROM observation WHERE session_id NOTNULL)`,
    'sessions',
  ],
  [
    `DELETE FROM capture WHERE started_at_us < :before AND id <> :running
     AND id NOT IN (SELECT capture_id FROM connection) AND id NOT IN (SELECT capture_id FROM exchange)`,
  ],
];

/** Deletes leftovers from before `beforeUs`; `runningCapture` is null if nothing is being recorded. */
export function removeLeftovers(db: Database, beforeUs: number, runningCapture: number | null): Leftovers {
  return db
    .transaction(() => {
      const gone = { exchanges: 0, connections: 0, sessions: 0 };
      for (const [sql, counted] of STEPS) {
        const parameters = { before: beforeUs, running: runningCapture ?? 0 };
        const { changes } = db.prepare(sql).run(sql.includes(':running') ? parameters : { before: beforeUs });
        if (counted !== undefined) gone[counted] += changes;
      }
      return gone;
    })
    .immediate();
}

/** Deletes the `count` oldest REST calls. */
export function removeOldestExchanges(db: Database, count: number): void {
  const oldest = `IN (SELECT id FROM exchange ORDER BY started_at_us LIMIT ${count})`;
  db.transaction(() => {
    db.exec(`DELETE FROM exchange_body WHERE exchange_id ${oldest}; DELETE FROM exchange WHERE id ${oldest}`);
  }).immediate();
}

/** Deletes a session of which no frame is left, and the connections and REST calls that were its alone. */
export function removeSession(db: Database, session: number): Leftovers {
  return db
    .transaction(() => {
      const connections = db
        .prepare<[number], number>(
          'SELECT DISTINCT connection_id FROM session_connection WHERE session_id = ?',
        )
        .pluck()
        .all(session);
      const exchanges = whereOnlySession(db, session);
      for (const rows of ['exchange_body WHERE exchange_id', 'exchange WHERE id']) {
        const remove = db.prepare<[number]>(`DELETE FROM ${rows} = ?`);
        for (const id of exchanges) remove.run(id);
      }
      for (const table of ['heartbeat', 'observation', 'session_connection']) {
        db.prepare(`DELETE FROM ${table} WHERE session_id = ?`).run(session);
      }
      const { changes: sessions } = db.prepare('DELETE FROM session WHERE id = ?').run(session);
      const gone = connections.filter((id) => removeIfEmpty(db, id));
      return { exchanges: exchanges.length, connections: gone.length, sessions };
    })
    .immediate();
}

/** Whether the connection was empty, and is gone. */
function removeIfEmpty(db: Database, connection: number): boolean {
  const isUsed = db
    .prepare(
      `SELECT 1 FROM hour_rollup WHERE connection_id = :id
       UNION ALL SELECT 1 FROM session_connection WHERE connection_id = :id`,
    )
    .get({ id: connection });
  if (isUsed !== undefined) return false;
  for (const table of OF_CONNECTION) {
    db.prepare(`DELETE FROM ${table} WHERE connection_id = ?`).run(connection);
  }
  return db.prepare('DELETE FROM connection WHERE id = ?').run(connection).changes > 0;
}
