/**
 * Writer: turns the records of one capture into rows. One batch is one transaction: all of it is written, or
 * nothing, and then nothing of it is left in memory either.
 *
 * Records name connections and sessions by keys of the capture; ids of the database are given here.
 */
import { SENDERS } from '../wire/frame.js';
import type {
  CaptureRecord,
  ConnectionClosed,
  ConnectionOpened,
  GapRecord,
  HeartbeatRecord,
  Observation,
  SessionAttached,
  SessionRecord,
  SessionReturned,
} from '../capture/records.js';
import { assertNever } from '../errors.js';
import { ConnectionNotes, type NoteOwner } from './connection-notes.js';
import type { Database } from './database.js';
import { ExchangeWriter } from './exchanges/exchange-writer.js';
import { FrameWriter } from './frame-writer.js';
import { ConnectionRows, type OpenConnection } from './open-connections.js';
import type { Tally } from './rollups.js';
import { SessionWriter } from './session-writer.js';
import { UndoLog } from './undo-log.js';
import {
  addCounters,
  NO_COUNTERS,
  type CaptureCounters,
  type Continuation,
  type WriterState,
} from './writer-state.js';
import {
  addGapTo,
  ClosedConnections,
  countBytes,
  isAnythingWritten,
  startWritten,
  toGap,
  type WrittenConnection,
} from './written-streams.js';

/** Closed connections whose frames may still find their session; beyond it the oldest are forgotten. */
const MAX_LOOSE = 64;

/** Writes the records of one capture. */
export class CaptureWriter {
  readonly #db: Database;
  readonly #undo = new UndoLog();
  readonly #frames: FrameWriter;
  readonly #sessions: SessionWriter;
  readonly #exchanges: ExchangeWriter;
  readonly #connections = new Map<number, OpenConnection>();
  /** Closed connections that have frames of no session, which may turn out to belong to one. */
  readonly #loose = new Map<number, OpenConnection>();
  readonly #rows: ConnectionRows;
  readonly #notes: ConnectionNotes;
  #closed = new ClosedConnections();
  #connectionCount = 0;
  #gapCount = 0;
  #lostBytes = 0;
  /** Sums over the files before this one. */
  #before = NO_COUNTERS;

  /** `earlier`: of the capture's previous writer; its connections get their rows here at once. */
  constructor(db: Database, captureId: number, earlier: Continuation | null = null) {
    this.#db = db;
    this.#rows = new ConnectionRows(db, captureId);
    this.#notes = new ConnectionNotes(db);
    this.#frames = new FrameWriter(db);
    const move = (from: number, to: number): void => this.#frames.moveSession(from, to);
    this.#sessions = new SessionWriter(db, this.#undo, move, earlier?.state.sessions);
    this.#exchanges = new ExchangeWriter(db, captureId);
    if (earlier !== null) this.#adopt(earlier);
  }

  /** For the writer that goes on in this one's place. */
  get state(): WriterState {
    return {
      nextFrameId: this.#frames.nextId,
      connections: this.#connections,
      closed: this.#closed,
      sessions: this.#sessions.state,
      counters: this.#ownCounters(),
      before: this.#before,
    };
  }

  /** Sums over everything that was appended, by this writer and by those before it. */
  counters(): CaptureCounters {
    return addCounters(this.#before, this.#ownCounters());
  }

  #ownCounters(): CaptureCounters {
    const sums = { connections: this.#connectionCount, gaps: this.#gapCount, lostBytes: this.#lostBytes };
    return { ...sums, ...this.#frames.counters };
  }

  /** Writes a batch and returns the sums over its frames; throws SQLite's errors, after rolling the whole batch back. */
  append(records: readonly CaptureRecord[]): readonly Tally[] {
    const { nextId } = this.#frames;
    let tallies: readonly Tally[];
    this.#rememberCounters();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#sessions.preview(records);
      for (const record of records) this.#write(record);
      this.#frames.finish();
      this.#db.exec('COMMIT');
      this.#undo.commit();
      tallies = this.#frames.commit();
    } catch (error) {
      // SQLite has rolled back by itself when the disk is full or broken.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#frames.discard(nextId);
      this.#undo.rollback();
      throw error;
    }
    this.#follow(records);
    return tallies;
  }

  #write(record: CaptureRecord): void {
    switch (record.type) {
      case 'frame': {
        const connection = this.#connection(record.connection);
        this.#frames.write(record, connection, this.#findSession(connection, record.session, record.atUs));
        return;
      }
      case 'connection_opened':
        this.#open(record);
        return;
      case 'heartbeat':
        this.#heartbeat(record);
        return;
      case 'observation':
        this.#observe(record);
        return;
      case 'gap':
        this.#gap(record);
        return;
      case 'connection_closed':
        this.#close(record);
        return;
      case 'exchange':
        this.#exchanges.write(record);
        return;
      default:
        this.#writeSession(record);
    }
  }

  #writeSession(record: SessionRecord): void {
    switch (record.type) {
      case 'session_attached':
        this.#attach(record);
        return;
      case 'session_refused':
        this.#sessions.refuse(record, this.#connection(record.connection).id);
        return;
      case 'session_returned':
        this.#giveBack(record);
        return;
      case 'session_facts':
        this.#sessions.learn(record);
        return;
      default:
        assertNever(record);
    }
  }

  #adopt({ state, earlierFile }: Continuation): void {
    const { connections, counters, closed, before } = state;
    this.#before = earlierFile === 'rotated' ? addCounters(before, counters) : before;
    if (earlierFile !== 'rotated') this.#lostBytes = counters.lostBytes;
    this.#db
      .transaction(() => {
        for (const [key, earlier] of connections) {
          const { connection, isNew } = this.#rows.adopt(earlier);
          this.#connections.set(key, connection);
          if (isNew && earlier.attached !== null) this.#sessions.attach(earlier.attached, connection.id);
          if (isNew && earlierFile !== 'rotated')
            this.#lose(connection.id, earlier.written, connection.written);
        }
        if (earlierFile !== 'lost') return;
        for (const earlier of closed.kept) {
          if (!isAnythingWritten(earlier)) continue;
          const here = { ...startWritten(earlier.row), closing: earlier.closing };
          this.#lose(this.#rows.insertClosed(earlier), earlier, here);
          this.#closed.add(here);
        }
      })
      .immediate();
    this.#undo.commit();
    if (earlierFile === 'same') this.#restore(state);
    if (earlierFile === 'lost') this.#lostBytes += closed.otherBytes;
  }

  /** Counts on from an earlier writer of the same file. */
  #restore({ counters, closed }: WriterState): void {
    this.#connectionCount = counters.connections;
    this.#gapCount = counters.gaps;
    this.#closed = closed;
    const { frames, payloads, undecodable, wireBytes, payloadBytes } = counters;
    Object.assign(this.#frames.counters, { frames, payloads, undecodable, wireBytes, payloadBytes });
  }

  /** Writes gaps for what a lost file had of a connection, which has the row `id` here. */
  #lose(id: number, lost: WrittenConnection, here: WrittenConnection): void {
    this.#connectionCount += 1;
    this.#lostBytes += countBytes(lost);
    for (const sender of SENDERS) {
      const gap = toGap(id, sender, lost);
      if (gap !== null) this.#insertGap(gap, id);
      if (gap !== null) addGapTo(here, gap);
    }
  }

  #open(record: ConnectionOpened): void {
    const earlier = record.isContinued === true ? this.#rows.find(record) : null;
    this.#undo.set(this.#connections, record.connection, earlier ?? this.#rows.insert(record));
    if (earlier === null) this.#connectionCount += 1;
  }

  #attach(record: SessionAttached): void {
    const connection = this.#connection(record.connection);
    const { unattached, attached, earlierSession } = connection;
    this.#undo.onRollback(() => Object.assign(connection, { unattached, attached, earlierSession }));
    connection.attached = record;
    connection.earlierSession = null;
    const session = this.#sessions.attach(record, connection.id);
    this.#frames.attach(connection, session);
  }

  #giveBack({ connection, session, atUs }: SessionReturned): void {
    const state = this.#connections.get(connection) ?? this.#loose.get(connection);
    if (state === undefined) return; // forgotten since
    const before = state.unattached;
    this.#undo.onRollback(() => (state.unattached = before));
    this.#frames.attach(state, this.#sessions.findId(session, atUs));
  }

  /** Id of the session of a record with the session's key, or without one. */
  #findSession({ earlierSession }: OpenConnection, key: number | null, atUs: number): number | null {
    return key === null ? earlierSession : this.#sessions.findId(key, atUs);
  }

  #heartbeat(record: HeartbeatRecord): void {
    const connection = this.#connection(record.connection);
    this.#notes.heartbeat(record, this.#owner(connection, record.session, record.sentAtUs));
  }

  #observe(record: Observation): void {
    const connection = this.#connection(record.connection);
    const frameNo = connection.framesBefore + record.frameNo;
    this.#notes.observe(record, frameNo, this.#owner(connection, record.session, record.atUs));
  }

  #owner(connection: OpenConnection, session: number | null, atUs: number): NoteOwner {
    return { connectionId: connection.id, sessionId: this.#findSession(connection, session, atUs) };
  }

  #gap(record: GapRecord): void {
    this.#insertGap(record, this.#connection(record.connection).id);
  }

  #insertGap(gap: GapRecord, connectionId: number): void {
    this.#notes.gap(gap, connectionId);
    this.#gapCount += 1;
  }

  #close(record: ConnectionClosed): void {
    const { id, framesBefore, written } = this.#connection(record.connection);
    this.#rows.close(id, written, record, framesBefore);
  }

  #connection(key: number): OpenConnection {
    const state = this.#connections.get(key);
    if (state === undefined) throw new TypeError(`a record names connection ${key}, which was never opened`);
    return state;
  }

  #rememberCounters(): void {
    const frames = { ...this.#frames.counters };
    const connections = this.#connectionCount;
    const gaps = this.#gapCount;
    this.#undo.onRollback(() => {
      Object.assign(this.#frames.counters, frames);
      this.#connectionCount = connections;
      this.#gapCount = gaps;
    });
  }

  /** Notes gaps and ends of a batch, after its commit. */
  #follow(records: readonly CaptureRecord[]): void {
    for (const record of records) {
      if (record.type === 'gap') {
        const connection = this.#connections.get(record.connection);
        if (connection !== undefined) addGapTo(connection.written, record);
      }
      if (record.type === 'session_returned') this.#loose.delete(record.connection);
      if (record.type !== 'connection_closed') continue;
      const state = this.#connections.get(record.connection);
      this.#connections.delete(record.connection);
      if (state === undefined) continue;
      this.#closed.add(state.written);
      if (state.unattached === null) continue;
      this.#loose.set(record.connection, state);
      const [oldest] = this.#loose.keys();
      if (this.#loose.size > MAX_LOOSE && oldest !== undefined) this.#loose.delete(oldest);
    }
  }
}
