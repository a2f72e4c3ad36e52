/**
 * Session steps: the payloads of a session in the order in which they arrived, and the ends of its connections.
 *
 * Replay reads these. A connection's end comes after its last payload, and before the first payload of another
 * connection that arrived later. Ends of connections that another session took over are left out.
 */
import type { Sender } from '../wire/frame.js';
import type { Database, Statement } from './database.js';
import type { FrameRow, FrameRows } from './frame-rows.js';

/** A payload, or the end of one of the session's connections. */
export type SessionStep = SessionPayload | SessionClose;

/** A payload of the session. */
export interface SessionPayload {
  readonly type: 'payload';
  readonly connectionId: number;
  readonly frameId: number;
  /** µs since the Unix epoch. */
  readonly atUs: number;
  readonly sender: Sender;
  readonly op: number;
  readonly event: string | null;
  readonly seq: number | null;
  /** JSON text, redacted, as it was recorded. */
  readonly text: string;
}

/** End of a connection of the session. */
export interface SessionClose {
  readonly type: 'close';
  readonly connectionId: number;
  /** µs since the Unix epoch. */
  readonly atUs: number;
  readonly closedBy: Sender | 'proxy';
  /** Null when there was no close frame, or an empty one. */
  readonly code: number | null;
  readonly reason: string;
}

interface CloseRow {
  readonly id: number;
  readonly closed_at_us: number;
  readonly closed_by: Sender | 'proxy';
  readonly close_code: number | null;
  readonly close_reason: string | null;
}

// Of the connections whose last session is this one, and of those with nothing but a refused RESUME.
const CLOSES = `
SELECT id, closed_at_us, closed_by, close_code, close_reason FROM connection
WHERE closed_at_us NOTNULL AND closed_by NOTNULL
  AND id IN (SELECT connection_id FROM hour_rollup WHERE session_id = :session)
  AND :session = coalesce(
    (SELECT session_id FROM session_connection WHERE connection_id = connection.id ORDER BY id DESC LIMIT 1), :session)
ORDER BY closed_at_us, id`;

/** Steps of session `sessionId`, in order; bodies are read one by one. */
export function* sessionSteps(
  db: Database,
  frames: FrameRows,
  sessionId: number,
): Generator<SessionStep, void> {
  const statement: Statement<[{ session: number }], CloseRow> = db.prepare(CLOSES);
  let closes = statement.all({ session: sessionId });
  for (const row of frames.list({ session: sessionId, statuses: ['ok'] })) {
    for (const close of closes) {
      if (close.closed_at_us <= row.atUs && close.id !== row.connectionId) yield closeStep(close);
    }
    closes = closes.filter(({ id, closed_at_us }) => closed_at_us > row.atUs || id === row.connectionId);
    const step = payloadStep(row);
    if (step !== null) yield step;
  }
  for (const close of closes) yield closeStep(close);
}

function payloadStep(row: FrameRow): SessionPayload | null {
  const { connectionId, id: frameId, atUs, sender, op, event, seq, payloadText: text } = row;
  if (op === null || text === null) return null;
  return { type: 'payload', connectionId, frameId, atUs, sender, op, event, seq, text };
}

function closeStep(row: CloseRow): SessionClose {
  return {
    type: 'close',
    connectionId: row.id,
    atUs: row.closed_at_us,
    closedBy: row.closed_by,
    code: row.close_code,
    reason: row.close_reason ?? '',
  };
}
