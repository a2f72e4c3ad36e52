/**
 * Open connections of a capture: their rows, and how these are found or written again when the capture goes on in another
 * file, or with another recorder.
 *
 * A row is found again by the time of the opening, of which no two connections of a capture have the same.
 */
import type { ConnectionClosed, ConnectionOpened, SessionAttached } from '../capture/records.js';
import type { Database, SqlValue, Statement } from './database.js';
import type { ConnectionState, Unattached } from './frame-writer.js';
import { startWritten, type WrittenConnection } from './written-streams.js';

/** State of an open connection. */
export interface OpenConnection extends ConnectionState {
  readonly opened: ConnectionOpened;
  readonly written: WrittenConnection;
  /** How it came to its session; null before. */
  attached: SessionAttached | null;
  /** Id of the session that an earlier recorder knew it to have, until the present one knows. */
  earlierSession: number | null;
}

const EMPTY = { tally: null, unattached: null, attached: null, earlierSession: null } as const;

/** Writes the rows of connections that are opened. */
export class ConnectionRows {
  readonly #captureId: number;
  readonly #insert: Statement<SqlValue[]>;
  readonly #close: Statement<SqlValue[]>;
  readonly #find: Statement<[number, number], number>;
  readonly #unattached: Statement<[number], Unattached>;
  readonly #lastFrameNo: Statement<[number], number>;
  readonly #lastSession: Statement<[number], number>;

  constructor(db: Database, captureId: number) {
    this.#captureId = captureId;
    this.#insert = db.prepare(
      `INSERT INTO connection (capture_id, opened_at_us, path, upstream_url, version, encoding, compress,
         extensions, user_agent, is_client_tls, is_upstream_tls, upgrade_status)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#close = db.prepare(
      `UPDATE connection SET closed_at_us = ?, close_code = ?, close_reason = ?, closed_by = ?, relay_mode = ?,
         converged_frame_no = ?, repeat_count = ?
       WHERE id = ?`,
    );
    this.#find = db
      .prepare<[number, number], number>(
        'SELECT id FROM connection WHERE capture_id = ? AND opened_at_us = ?',
      )
      .pluck();
    this.#lastSession = db
      .prepare<[number], number>(
        'SELECT session_id FROM session_connection WHERE connection_id = ? ORDER BY id DESC LIMIT 1',
      )
      .pluck();
    this.#unattached = db.prepare(
      `SELECT min(first_frame_id) AS firstFrameId, min(first_at_us) AS firstAtUs, max(last_at_us) AS lastAtUs
       FROM hour_rollup WHERE connection_id = ? AND session_id = 0 HAVING count(*) > 0`,
    );
    this.#lastFrameNo = db
      .prepare<[number], number>(
        `SELECT frame_no FROM frame
         WHERE id = (SELECT max(last_frame_id) FROM hour_rollup WHERE connection_id = ?)`,
      )
      .pluck();
  }

  /** Writes the row of a connection that has just been opened. */
  insert(opened: ConnectionOpened): OpenConnection {
    const row = readRow(opened);
    const id = this.#insertRow(row);
    const written = startWritten(row);
    return { ...EMPTY, id, framesBefore: 0, opened, written };
  }

  /** The connection of an earlier recorder, whose frames count on; null when it did not get to write the row. */
  find(opened: ConnectionOpened): OpenConnection | null {
    const id = this.#find.get(this.#captureId, opened.atUs);
    if (id === undefined) return null;
    const framesBefore = this.#lastFrameNo.get(id) ?? 0;
    const written = startWritten(readRow(opened));
    const earlierSession = this.#lastSession.get(id) ?? null;
    const unattached = this.#unattached.get(id) ?? null;
    return { ...EMPTY, id, framesBefore, opened, written, earlierSession, unattached };
  }

  /** The connection of an earlier writer with the same recorder; true when its row had to be written again. */
  adopt(earlier: OpenConnection): { readonly connection: OpenConnection; readonly isNew: boolean } {
    const { framesBefore, opened, attached, unattached, written, earlierSession } = earlier;
    const id = this.#find.get(this.#captureId, opened.atUs);
    const isNew = id === undefined;
    const own = isNew ? this.insert(opened) : { id, tally: null, unattached, written, earlierSession };
    return { connection: { ...own, framesBefore, opened, attached }, isNew };
  }

  /** Writes the end of a connection. */
  close(id: number, written: WrittenConnection, record: ConnectionClosed, framesBefore: number): void {
    const { convergedFrameNo } = record;
    const closing = [
      record.atUs,
      record.closeCode,
      record.closeReason,
      record.closedBy,
      record.relayMode,
      convergedFrameNo === null ? null : framesBefore + convergedFrameNo,
      record.repeats,
    ];
    written.closing = closing;
    this.#close.run(...closing, id);
  }

  /** Writes the row of a closed connection that a lost file had; returns its id. */
  insertClosed({ row, closing }: WrittenConnection): number {
    const id = this.#insertRow(row);
    if (closing !== null) this.#close.run(...closing, id);
    return id;
  }

  #insertRow(row: readonly SqlValue[]): number {
    return Number(this.#insert.run(this.#captureId, ...row).lastInsertRowid);
  }
}

function readRow(opened: ConnectionOpened): readonly SqlValue[] {
  return [
    opened.atUs,
    opened.path,
    opened.upstreamUrl,
    opened.transport.version,
    opened.transport.encoding,
    opened.transport.compress,
    opened.extensions,
    opened.userAgent,
    Number(opened.isClientTls),
    Number(opened.isUpstreamTls),
    opened.upgradeStatus,
  ];
}
