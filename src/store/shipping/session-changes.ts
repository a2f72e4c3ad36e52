/**
 * Session changes: frames that a recorder has given to another session after they were written, and perhaps copied.
 */
import type { Database, Statement } from '../database.js';

/** Frames that have changed their session. */
export interface SessionChange {
  readonly id: number;
  /** Null if it concerns every connection. */
  readonly connectionId: number | null;
  /** 0 for frames that had none. */
  readonly fromSession: number;
  /** The session that they are in now. */
  readonly toSession: number;
  readonly firstFrameId: number;
}

/** Changes of one batch at most. */
const LIMIT = 1_000;

/** Reads changes through one handle. */
export class SessionChanges {
  readonly #after: Statement<[number], SessionChange>;
  readonly #moves: Statement<[number], SessionChange>;

  constructor(db: Database) {
    const columns = `id, connection_id AS connectionId, from_session AS fromSession, to_session AS toSession,
      first_frame_id AS firstFrameId`;
    this.#after = db.prepare(`SELECT ${columns} FROM session_change WHERE id > ? ORDER BY id LIMIT ${LIMIT}`);
    this.#moves = db.prepare(
      `SELECT ${columns} FROM session_change WHERE id > ? AND connection_id IS NULL ORDER BY id`,
    );
  }

  /** Changes after an id, at most 1,000, each with the session that its frames have come to by now. */
  list(afterId: number): readonly SessionChange[] {
    const changes = this.#after.all(afterId);
    if (changes.length === 0) return changes;
    const moves = this.#moves.all(afterId);
    return changes.map((change) => ({ ...change, toSession: findSession(change, moves) }));
  }
}

function findSession({ id, toSession }: SessionChange, moves: readonly SessionChange[]): number {
  let session = toSession;
  for (const move of moves) if (move.id > id && move.fromSession === session) session = move.toSession;
  return session;
}
