/**
 * Listings: sessions, connections, gaps and observations as the command line prints them.
 *
 * Sums come from the hourly roll-ups, everything else from the tables. Words and units: src/README.md.
 */
import type { RelayMode } from '../capture/records.js';
import type { Sender } from '../wire/frame.js';
import type { Transport } from '../wire/transport.js';
import { whereAll, whereIn, whereEqual } from './condition.js';
import type { Database } from './database.js';
import type { Scope, TimeSpan } from './filter.js';
import { readServiceName, type ServiceName } from './filter-functions.js';
import { placeCondition } from './frame-plan.js';

/** SQLite's word for all rows, in LIMIT. */
const NO_LIMIT = -1;

/** One gateway session. */
export interface SessionRow {
  readonly id: number;
  /** Redacted `session_id`, or null where READY never came. */
  readonly sessionAlias: string | null;
  readonly userId: string | null;
  /** `[shard_id, shard_count]`. */
  readonly shard: readonly [number, number] | null;
  readonly library: string | null;
  readonly connections: number;
  readonly resumes: number;
  readonly frames: number;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
  readonly lastSeq: number | null;
  /** Close code of the session's last connection. */
  readonly closeCode: number | null;
  /** Whose protocol it speaks, by the URL of its last connection; null without one. */
  readonly service: ServiceName | null;
}

/** One WebSocket. */
export interface ConnectionRow {
  readonly id: number;
  readonly captureId: number;
  /** Session that identified or resumed on it last, else that of its frames (RECONNECT instead of HELLO), or null. */
  readonly sessionId: number | null;
  readonly openedAtUs: number;
  /** Null while it is open, or when the recorder was killed. */
  readonly closedAtUs: number | null;
  readonly path: string;
  readonly upstreamUrl: string;
  /** Whose protocol it speaks, by that URL; `gateway` for every host that is not known. */
  readonly service: ServiceName;
  readonly transport: Transport;
  /** Accepted `Sec-WebSocket-Extensions`. */
  readonly extensions: string | null;
  readonly userAgent: string | null;
  readonly clientTls: boolean;
  readonly upstreamTls: boolean;
  /** HTTP status of the upgrade. */
  readonly upgradeStatus: number;
  /** How many more upgrades failed alike, from the opening to the close, which have no row. */
  readonly repeats: number;
  /** Null until it is closed. */
  readonly relayMode: RelayMode | null;
  readonly convergedFrameNo: number | null;
  readonly closeCode: number | null;
  readonly closeReason: string | null;
  readonly closedBy: Sender | 'proxy' | null;
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** Pairs of a connection and a session: the session began or was resumed on it, or has frames on it. */
const CONNECTION_SESSIONS =
  '(SELECT connection_id, session_id FROM session_connection UNION ALL SELECT connection_id, session_id FROM hour_rollup)';

const SESSIONS = `
WITH sums AS (
  SELECT session_id, sum(frame_count) AS frames, min(first_at_us) AS first_at_us, max(last_at_us) AS last_at_us
  FROM hour_rollup GROUP BY session_id
), counts AS (
  SELECT session_id, count(DISTINCT connection_id) AS connections FROM ${CONNECTION_SESSIONS} GROUP BY session_id
)
SELECT session.*, sums.frames, sums.first_at_us, sums.last_at_us, coalesce(counts.connections, 0) AS connections,
  (SELECT count(*) FROM session_connection WHERE session_id = session.id AND is_resume) AS resumes,
  (SELECT close_code FROM session_connection AS link JOIN connection ON connection.id = link.connection_id
   WHERE link.session_id = session.id ORDER BY link.id DESC LIMIT 1) AS close_code,
  (SELECT upstream_url FROM session_connection AS link JOIN connection ON connection.id = link.connection_id
   WHERE link.session_id = session.id ORDER BY link.id DESC LIMIT 1) AS upstream_url
FROM session LEFT JOIN sums ON sums.session_id = session.id LEFT JOIN counts ON counts.session_id = session.id
ORDER BY session.id`;

interface SessionSqlRow {
  readonly id: number;
  readonly alias: string | null;
  readonly user_id: string | null;
  readonly shard_id: number | null;
  readonly shard_count: number | null;
  readonly library: string | null;
  readonly last_seq: number | null;
  readonly frames: number | null;
  readonly first_at_us: number | null;
  readonly last_at_us: number | null;
  readonly connections: number;
  readonly resumes: number;
  readonly close_code: number | null;
  readonly upstream_url: string | null;
}

/** Every session, oldest first. */
export function listSessions(db: Database): readonly SessionRow[] {
  return db
    .prepare<[], SessionSqlRow>(SESSIONS)
    .all()
    .map((row) => ({
      id: row.id,
      sessionAlias: row.alias,
      userId: row.user_id,
      shard: row.shard_id === null || row.shard_count === null ? null : [row.shard_id, row.shard_count],
      library: row.library,
      connections: row.connections,
      resumes: row.resumes,
      frames: row.frames ?? 0,
      firstAtUs: row.first_at_us,
      lastAtUs: row.last_at_us,
      lastSeq: row.last_seq,
      closeCode: row.close_code,
      service: row.upstream_url === null ? null : readServiceName(row.upstream_url),
    }));
}

/** Roll-ups have 0 in place of a session for frames without one. */
const CONNECTIONS = `
WITH sums AS (
  SELECT connection_id, sum(frame_count) AS frames, sum(wire_bytes) AS wire_bytes,
    sum(payload_bytes) AS payload_bytes, min(first_at_us) AS first_at_us, max(last_at_us) AS last_at_us,
    nullif(max(session_id), 0) AS session_id
  FROM hour_rollup GROUP BY connection_id
)
SELECT connection.*, sums.frames, sums.wire_bytes, sums.payload_bytes, sums.first_at_us, sums.last_at_us,
  coalesce(
    (SELECT session_id FROM session_connection WHERE connection_id = connection.id ORDER BY id DESC LIMIT 1),
    sums.session_id
  ) AS session_id
FROM connection LEFT JOIN sums ON sums.connection_id = connection.id`;

/** Which connections to list; times are those of opening. */
export interface ConnectionFilter extends TimeSpan, Pick<Scope, 'capture' | 'connection' | 'session'> {
  readonly closedBy?: ConnectionRow['closedBy'] | undefined;
  /** Close codes, any of them. */
  readonly closeCodes?: readonly number[] | undefined;
  /** Statuses of the upgrade, any of them. */
  readonly upgradeStatuses?: readonly number[] | undefined;
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

interface ConnectionSqlRow {
  readonly id: number;
  readonly capture_id: number;
  readonly session_id: number | null;
  readonly opened_at_us: number;
  readonly closed_at_us: number | null;
  readonly path: string;
  readonly upstream_url: string;
  readonly version: Transport['version'];
  readonly encoding: Transport['encoding'];
  readonly compress: Transport['compress'];
  readonly extensions: string | null;
  readonly user_agent: string | null;
  readonly is_client_tls: number;
  readonly is_upstream_tls: number;
  readonly upgrade_status: number;
  readonly repeat_count: number;
  readonly relay_mode: RelayMode | null;
  readonly converged_frame_no: number | null;
  readonly close_code: number | null;
  readonly close_reason: string | null;
  readonly closed_by: Sender | 'proxy' | null;
  readonly frames: number | null;
  readonly wire_bytes: number | null;
  readonly payload_bytes: number | null;
  readonly first_at_us: number | null;
  readonly last_at_us: number | null;
}

/** Connections that pass, oldest first. */
export function listConnections(db: Database, filter: ConnectionFilter = {}): readonly ConnectionRow[] {
  const { sql, values } = whereAll([
    whereEqual('opened_at_us >= ?', filter.sinceUs),
    whereEqual('opened_at_us < ?', filter.untilUs),
    whereEqual('capture_id = ?', filter.capture),
    whereEqual('id = ?', filter.connection),
    whereEqual(
      `id IN (SELECT connection_id FROM ${CONNECTION_SESSIONS} WHERE session_id = ?)`,
      filter.session,
    ),
    whereEqual('closed_by = ?', filter.closedBy ?? undefined),
    whereIn('close_code', filter.closeCodes),
    whereIn('upgrade_status', filter.upgradeStatuses),
  ]);
  return db
    .prepare<unknown[], ConnectionSqlRow>(
      `SELECT * FROM (SELECT * FROM (${CONNECTIONS}) WHERE ${sql} ORDER BY id DESC LIMIT ?) ORDER BY id`,
    )
    .all(...values, filter.limit ?? NO_LIMIT)
    .map((row) => ({
      id: row.id,
      captureId: row.capture_id,
      sessionId: row.session_id,
      openedAtUs: row.opened_at_us,
      closedAtUs: row.closed_at_us,
      path: row.path,
      upstreamUrl: row.upstream_url,
      transport: { version: row.version, encoding: row.encoding, compress: row.compress },
      extensions: row.extensions,
      userAgent: row.user_agent,
      clientTls: row.is_client_tls === 1,
      upstreamTls: row.is_upstream_tls === 1,
      upgradeStatus: row.upgrade_status,
      repeats: row.repeat_count,
      relayMode: row.relay_mode,
      convergedFrameNo: row.converged_frame_no,
      closeCode: row.close_code,
      closeReason: row.close_reason,
      closedBy: row.closed_by,
      frames: row.frames ?? 0,
      wireBytes: row.wire_bytes ?? 0,
      payloadBytes: row.payload_bytes ?? 0,
      firstAtUs: row.first_at_us,
      lastAtUs: row.last_at_us,
      service: readServiceName(row.upstream_url),
    }));
}

/** Bytes that passed unrecorded. */
export interface GapRow {
  readonly id: number;
  readonly captureId: number;
  readonly connectionId: number;
  readonly sender: Sender;
  /** µs since the Unix epoch. */
  readonly fromUs: number;
  readonly untilUs: number;
  readonly bytes: number;
  /** Frames that were recorded in a file that was lost; null if the bytes were never recorded. */
  readonly frames: number | null;
}

/** A remark about a frame, by a name of `OBSERVATIONS`. */
export interface ObservationRow {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  readonly frameNo: number;
  /** Id of the frame; null where it was deleted. */
  readonly frameId: number | null;
  /** µs since the Unix epoch. */
  readonly atUs: number;
  readonly name: string;
  readonly detail: string;
}

/** Which gaps and observations to list. */
export interface RemarkFilter extends TimeSpan, Pick<Scope, 'capture' | 'connection' | 'session'> {
  /** Only the newest so many, still oldest first. */
  readonly limit?: number | undefined;
}

/** Gaps that pass, oldest first; those of a session are those of its connections. */
export function listGaps(db: Database, filter: RemarkFilter): readonly GapRow[] {
  const { sql, values } = whereAll([
    whereEqual('until_us >= ?', filter.sinceUs),
    whereEqual('from_us < ?', filter.untilUs),
    whereEqual('capture_id = ?', filter.capture),
    whereEqual('connection_id = ?', filter.connection),
    whereEqual(
      'connection_id IN (SELECT connection_id FROM session_connection WHERE session_id = ?)',
      filter.session,
    ),
  ]);
  return db
    .prepare<unknown[], GapRow>(
      `SELECT * FROM (
         SELECT gap.id, capture_id AS captureId, connection_id AS connectionId, sender, from_us AS fromUs,
           until_us AS untilUs, bytes, frames
         FROM gap JOIN connection ON connection.id = connection_id WHERE ${sql} ORDER BY gap.id DESC LIMIT ?)
       ORDER BY id`,
    )
    .all(...values, filter.limit ?? NO_LIMIT);
}

/**
 * Observations that pass, oldest first; if `names` are given, only those. Frames have no index by number: the roll-ups
 * of the minute narrow the search for the frame of an observation down to a range of ids.
 */
export function listObservations(
  db: Database,
  filter: RemarkFilter,
  names?: readonly string[],
): readonly ObservationRow[] {
  const { sql, values } = whereAll([
    whereEqual('at_us >= ?', filter.sinceUs),
    whereEqual('at_us < ?', filter.untilUs),
    placeCondition(filter),
    whereIn('name', names),
  ]);
  return db
    .prepare<unknown[], ObservationRow>(
      `SELECT * FROM (
         SELECT id, connection_id AS connectionId, session_id AS sessionId, frame_no AS frameNo,
           (SELECT frame.id FROM frame
            WHERE frame.connection_id = observation.connection_id AND frame.frame_no = observation.frame_no
              AND frame.id BETWEEN ranges.first_id AND ranges.last_id LIMIT 1) AS frameId,
           at_us AS atUs, name, detail
         FROM observation LEFT JOIN (
           SELECT connection_id AS of_connection, minute_at_us, min(first_frame_id) AS first_id, max(last_frame_id) AS last_id
           FROM minute_rollup GROUP BY connection_id, minute_at_us
         ) AS ranges ON of_connection = observation.connection_id AND minute_at_us = at_us / 60000000 * 60000000
         WHERE ${sql} ORDER BY id DESC LIMIT ?)
       ORDER BY id`,
    )
    .all(...values, filter.limit ?? NO_LIMIT);
}
