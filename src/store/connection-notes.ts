/**
 * Connection notes: what is recorded of a connection besides its frames, namely heartbeats, observations and gaps. Each
 * is a row with the ids of its connection and session.
 */
import type { GapRecord, HeartbeatRecord, Observation } from '../capture/records.js';
import type { Database, SqlValue, Statement } from './database.js';

/** The connection of a note, and its session; null if it has none. */
export interface NoteOwner {
  readonly connectionId: number;
  readonly sessionId: number | null;
}

/** Writes the notes of one capture, within the transaction of its writer. */
export class ConnectionNotes {
  readonly #heartbeat: Statement<SqlValue[]>;
  readonly #observation: Statement<SqlValue[]>;
  readonly #gap: Statement<SqlValue[]>;

  constructor(db: Database) {
    this.#heartbeat = db.prepare(
      'INSERT INTO heartbeat (connection_id, session_id, sent_at_us, acked_at_us) VALUES (?, ?, ?, ?)',
    );
    this.#observation = db.prepare(
      `INSERT INTO observation (connection_id, session_id, frame_no, at_us, name, detail)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#gap = db.prepare(
      'INSERT INTO gap (connection_id, sender, from_us, until_us, bytes, frames) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  heartbeat({ sentAtUs, ackedAtUs }: HeartbeatRecord, { connectionId, sessionId }: NoteOwner): void {
    this.#heartbeat.run(connectionId, sessionId, sentAtUs, ackedAtUs);
  }

  /** `frameNo` counts from the opening of the connection, whichever recorder saw the frame. */
  observe(
    { atUs, name, detail }: Observation,
    frameNo: number,
    { connectionId, sessionId }: NoteOwner,
  ): void {
    this.#observation.run(connectionId, sessionId, frameNo, atUs, name, detail);
  }

  gap({ sender, fromUs, untilUs, bytes, frames }: GapRecord, connectionId: number): void {
    this.#gap.run(connectionId, sender, fromUs, untilUs, bytes, frames ?? null);
  }
}
