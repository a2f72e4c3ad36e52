/**
 * Small tables: what a database has beside frames, heartbeats and sums, as rows of a fleet. They are read whole; only rows
 * that have changed are sent (changed-rows.ts).
 */
import type { ConnectionRow, SessionRow } from '../store/listings.js';
import type { ShipSource } from '../store/shipping/ship-source.js';

/** Names of these tables. */
export type SmallTable = 'session' | 'connection' | 'pruning' | 'gap' | 'observation' | 'capture';

/** A row of a small table. */
interface KeyedLine extends Readonly<Record<string, unknown>> {
  readonly id: number;
}

/** Rows of all small tables. */
export function readSmallTables(
  source: ShipSource,
): readonly { readonly table: SmallTable; readonly rows: readonly KeyedLine[] }[] {
  const sessions = source.sessions();
  const intents = source.intents();
  const present = new Set(sessions.map(({ id }) => id));
  const joined = source.joinedSessions().filter((id) => !present.has(id));
  const { captures, gaps, observations } = source.captureRows();
  return [
    {
      table: 'session',
      rows: [
        ...sessions.map((row) => toSession(row, intents.get(row.id) ?? null)),
        ...joined.map((id) => ({ id, is_deleted: 1 })),
      ],
    },
    { table: 'connection', rows: source.connections().map(toConnection) },
    { table: 'pruning', rows: source.prunings().map(toPruning) },
    { table: 'gap', rows: gaps },
    { table: 'observation', rows: observations },
    // Last: a fleet that has a capture has the rest, too.
    { table: 'capture', rows: captures },
  ];
}

function toSession(row: SessionRow, intents: number | null): KeyedLine {
  return {
    id: row.id,
    alias: row.sessionAlias,
    user_id: row.userId,
    shard_id: row.shard?.[0] ?? null,
    shard_count: row.shard?.[1] ?? null,
    library: row.library,
    intents,
    connections: row.connections,
    resumes: row.resumes,
    last_seq: row.lastSeq,
    close_code: row.closeCode,
    service: row.service,
    is_deleted: 0,
  };
}

function toConnection(row: ConnectionRow): KeyedLine {
  return {
    id: row.id,
    capture_id: row.captureId,
    opened_at_us: row.openedAtUs,
    closed_at_us: row.closedAtUs,
    path: row.path,
    upstream_url: row.upstreamUrl,
    service: row.service,
    version_asked: row.transport.version,
    encoding: row.transport.encoding,
    compress: row.transport.compress,
    extensions: row.extensions,
    user_agent: row.userAgent,
    upgrade_status: row.upgradeStatus,
    relay_mode: row.relayMode,
    close_code: row.closeCode,
    close_reason: row.closeReason,
    closed_by: row.closedBy,
  };
}

function toPruning(row: ReturnType<ShipSource['prunings']>[number]): KeyedLine {
  return {
    id: row.id,
    frames: row.frames,
    wire_bytes: row.wireBytes,
    payload_bytes: row.payloadBytes,
    first_at_us: row.firstAtUs,
    last_at_us: row.lastAtUs,
  };
}
