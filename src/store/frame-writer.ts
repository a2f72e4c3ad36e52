/**
 * Frame writer: writes frames, their bodies and bytes, and the roll-ups over them, within the caller's transaction.
 *
 * This is the hot path: rows are collected and inserted 50 per statement, sums are kept in memory until the end of the
 * batch. `finish` writes the rest, `discard` drops it after a rollback.
 */
import { FRAME_COLUMNS, keysIn } from '../capture/columns.js';
import type { FrameRecord } from '../capture/records.js';
import { columnNames } from './column-sql.js';
import type { Database, Statement } from './database.js';
import { FrameTypes } from './frame-types.js';
import { RollupTable, Tally } from './rollups.js';
import { RowInserter } from './row-inserter.js';
import { addTallyTo, type WrittenConnection } from './written-streams.js';

/** Bodies from this size on are inserted one by one, so that fifty of them never wait in memory. */
const LARGE_BYTES = 65_536;

/** The writer's state of an open connection. */
export interface ConnectionState {
  /** Id in the database. */
  readonly id: number;
  /** Sums of the current batch; null before its first frame. */
  tally: Tally | null;
  /** Where the connection's frames without a session are; null if there are none. */
  unattached: Unattached | null;
  /** Number of the last frame that an earlier recorder wrote; the present one counts from there. */
  readonly framesBefore: number;
  /** Written part of the connection; null if it is not counted. */
  readonly written: WrittenConnection | null;
}

/** Span of ids and times in which a connection has frames without a session. */
export interface Unattached {
  readonly firstFrameId: number;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
}

/** Sums over the frames of a capture. */
export interface FrameCounters {
  frames: number;
  /** Frames with status `ok`. */
  payloads: number;
  undecodable: number;
  /** Without partial frames, whose bytes the completing frame counts. */
  wireBytes: number;
  payloadBytes: number;
}

/** Writes the frames of one capture. */
export class FrameWriter {
  readonly counters: FrameCounters;
  readonly #types: FrameTypes;
  readonly #frames: RowInserter;
  readonly #payloads: RowInserter;
  readonly #bytes: RowInserter;
  readonly #rollups: readonly RollupTable[];
  readonly #updateSeq: Statement<[number, number]>;
  readonly #attachFrames: Statement<[number, number, number]>;
  readonly #moveFrames: Statement<[{ from: number; to: number }]>;
  readonly #noteAttached: Statement<[number, number, number]>;
  readonly #noteMoved: Statement<[{ from: number; to: number }]>;
  readonly #touched: ConnectionState[] = [];
  /** Tallies of the current transaction. */
  readonly #uncommitted: { readonly written: WrittenConnection; readonly tally: Tally }[] = [];
  #nextId: number;

  constructor(db: Database) {
    this.counters = { frames: 0, payloads: 0, undecodable: 0, wireBytes: 0, payloadBytes: 0 };
    this.#types = new FrameTypes(db);
    const columns = columnNames(FRAME_COLUMNS, keysIn(FRAME_COLUMNS, 'frame'));
    this.#frames = new RowInserter(db, `frame (${columns.join()})`, `(${columns.map(() => '?').join()})`);
    // The cast makes text of UTF-8 bytes without a JavaScript string in between.
    this.#payloads = new RowInserter(db, 'payload (frame_id, body)', '(?, CAST(? AS TEXT))');
    this.#bytes = new RowInserter(db, 'frame_bytes (frame_id, bytes)', '(?, ?)');
    this.#rollups = [new RollupTable(db, 'minute'), new RollupTable(db, 'hour')];
    this.#updateSeq = db.prepare('UPDATE session SET last_seq = max(coalesce(last_seq, 0), ?) WHERE id = ?');
    this.#attachFrames = db.prepare(
      'UPDATE frame SET session_id = ? WHERE id >= ? AND connection_id = ? AND session_id IS NULL',
    );
    this.#moveFrames = db.prepare(
      `UPDATE frame SET session_id = :to
       WHERE session_id = :from
         AND id BETWEEN (SELECT min(first_frame_id) FROM hour_rollup WHERE session_id = :from)
                    AND (SELECT max(last_frame_id) FROM hour_rollup WHERE session_id = :from)`,
    );
    // Only a database that is shipped needs to know which of its frames have changed.
    this.#noteAttached = db.prepare(
      `INSERT INTO session_change (connection_id, from_session, to_session, first_frame_id)
       SELECT ?, 0, ?, ? WHERE EXISTS (SELECT 1 FROM shipment)`,
    );
    this.#noteMoved = db.prepare(
      `INSERT INTO session_change (connection_id, from_session, to_session, first_frame_id)
       SELECT NULL, :from, :to, coalesce((SELECT min(first_frame_id) FROM hour_rollup WHERE session_id = :from), 1)
       WHERE EXISTS (SELECT 1 FROM shipment)`,
    );
    this.#nextId = 1 + (db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0);
  }

  /** Id that the next frame gets. */
  get nextId(): number {
    return this.#nextId;
  }

  /**
   * Writes one frame; `sessionId` is null before the connection's session is known. `id` is `nextId`, or above it in
   * a copy that keeps its ids.
   */
  write(frame: FrameRecord, connection: ConnectionState, sessionId: number | null, id = this.#nextId): void {
    const type = this.#types.of(frame);
    this.#nextId = id + 1;
    // In the order of the table of columns. Value by value: a loop over the keys costs a tenth of the whole insert.
    this.#frames
      .put(id)
      .put(connection.id)
      .put(sessionId)
      .put(type.id)
      .put(connection.framesBefore + frame.frameNo)
      .put(frame.atUs)
      .put(frame.seq)
      .put(frame.wireBytes)
      .put(frame.payloadBytes)
      .endRow();
    if (frame.body !== null) keep(this.#payloads, id, frame.body);
    if (frame.raw !== null) keep(this.#bytes, id, frame.raw);
    if (sessionId === null) connection.unattached = extended(connection.unattached, frame.atUs, id);
    this.#openTally(connection, frame.atUs, sessionId ?? 0).add(type, frame, id);
  }

  /** Gives the frames of a connection that have no session to `sessionId`. */
  attach(connection: ConnectionState, sessionId: number): void {
    const loose = connection.unattached;
    if (loose === null) return;
    this.#frames.flush();
    this.#addTally(connection);
    this.#attachFrames.run(sessionId, loose.firstFrameId, connection.id);
    this.#noteAttached.run(connection.id, sessionId, loose.firstFrameId);
    for (const rollup of this.#rollups) {
      rollup.move({
        fromSession: 0,
        toSession: sessionId,
        connectionId: connection.id,
        sinceUs: loose.firstAtUs,
        untilUs: loose.lastAtUs,
      });
    }
    connection.unattached = null;
  }

  /** Gives everything of one session to another. */
  moveSession(fromSession: number, toSession: number): void {
    this.finish();
    this.#noteMoved.run({ from: fromSession, to: toSession });
    this.#moveFrames.run({ from: fromSession, to: toSession });
    for (const rollup of this.#rollups) {
      rollup.move({
        fromSession,
        toSession,
        connectionId: null,
        sinceUs: 0,
        untilUs: Number.MAX_SAFE_INTEGER,
      });
    }
  }

  /** Writes everything that is still in memory. */
  finish(): void {
    this.#frames.flush();
    this.#payloads.flush();
    this.#bytes.flush();
    for (const connection of this.#touched) this.#addTally(connection);
    this.#touched.length = 0;
  }

  /** Counts the batch as written, after its commit; returns its tallies. */
  commit(): readonly Tally[] {
    const committed = this.#uncommitted.splice(0);
    for (const { written, tally } of committed) addTallyTo(written, tally);
    return committed.map(({ tally }) => tally);
  }

  /** Forgets the batch after a rollback; its ids are given again. */
  discard(nextId: number): void {
    for (const connection of this.#touched) connection.tally = null;
    this.#touched.length = 0;
    this.#uncommitted.length = 0;
    this.#frames.discard();
    this.#payloads.discard();
    this.#bytes.discard();
    this.#types.forget();
    this.#nextId = nextId;
  }

  #openTally(connection: ConnectionState, atUs: number, sessionId: number): Tally {
    if (connection.tally?.covers(atUs, sessionId) === true) return connection.tally;
    if (connection.tally === null) this.#touched.push(connection);
    else this.#addTally(connection);
    return (connection.tally = new Tally(atUs, sessionId));
  }

  #addTally(connection: ConnectionState): void {
    const { tally } = connection;
    if (tally === null) return;
    connection.tally = null;
    if (connection.written !== null) this.#uncommitted.push({ written: connection.written, tally });
    for (const rollup of this.#rollups) rollup.add(connection.id, tally);
    this.#count(tally);
    if (tally.lastSeq !== null && tally.sessionId !== 0) this.#updateSeq.run(tally.lastSeq, tally.sessionId);
  }

  #count(tally: Tally): void {
    const { counters } = this;
    for (const [{ status }, sums] of tally.byType) {
      counters.frames += sums.count;
      counters.payloadBytes += sums.payloadBytes;
      if (status !== 'partial') counters.wireBytes += sums.wireBytes;
      if (status === 'ok') counters.payloads += sums.count;
      else if (status !== 'partial' && status !== 'control') counters.undecodable += sums.count;
    }
  }
}

function keep(rows: RowInserter, frameId: number, bytes: Uint8Array): void {
  if (bytes.length < LARGE_BYTES) {
    rows.put(frameId).put(bytes).endRow();
  } else {
    // In the order of the ids, so that the table grows at its end.
    rows.flush();
    rows.put(frameId).put(bytes).flush();
  }
}

function extended(span: Unattached | null, atUs: number, frameId: number): Unattached {
  if (span === null) return { firstFrameId: frameId, firstAtUs: atUs, lastAtUs: atUs };
  return { ...span, firstAtUs: Math.min(span.firstAtUs, atUs), lastAtUs: Math.max(span.lastAtUs, atUs) };
}
