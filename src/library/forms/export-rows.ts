/**
 * Export rows: frames and the rows of the tables beside them, for forms that keep everything: each row is emitted once, before the
 * first frame that needs it, or after the last frame. Everything that is exported passes here, and secrets are
 * removed if the database may hold some.
 *
 * A row is an object with one key, its table, whose value has the columns (migrations/README.md).
 */
import type { ExchangeRow } from '../../capture/columns.js';
import type { FrameFilter } from '../../store/filter.js';
import type { ConnectionRow } from '../../store/listings.js';
import type { FrameDetail, FrameRow } from '../../store/frame-rows.js';
import type { CaptureReader } from '../../store/reader.js';
import type { CopiedTable, TableRow } from '../../store/table-rows.js';
import type { RowRedaction } from '../row-redaction.js';
import type { ExportSource } from './form.js';

/** A row under the name of its table. */
export type ExportRow = Readonly<Partial<Record<CopiedTable, TableRow>>>;

/** Filter keys that still allow REST calls. */
const OF_EXCHANGES: readonly string[] = ['session', 'sinceUs', 'untilUs'] satisfies (keyof FrameFilter)[];
/** Tables whose rows go with the emitted connections and sessions. */
const DEPENDENT = ['session_connection', 'heartbeat', 'observation', 'gap'] as const;

/** Emits each row once. */
export class ExportRows {
  readonly #reader: CaptureReader;
  readonly #filter: FrameFilter;
  readonly #redaction: RowRedaction | null;
  readonly #emitted = {
    capture: new Set<number>(),
    connection: new Set<number>(),
    session: new Set<number>(),
  };

  constructor({ reader, filter, redaction }: ExportSource) {
    this.#reader = reader;
    this.#filter = filter;
    this.#redaction = redaction ?? null;
  }

  /** Whether there is no filter, so that everything is emitted, with or without frames. */
  get isWhole(): boolean {
    return this.#keys().length === 0;
  }

  /** Frames that match the filter, with their kept bytes; of only one connection if it is given. */
  *frames(connection: number | undefined = this.#filter.connection): Generator<FrameDetail, void> {
    for (const row of this.#reader.frames({ ...this.#filter, connection })) {
      const frame = { ...row, bytes: this.#reader.frameBytes(row.id) };
      yield this.#redaction === null ? frame : withoutSecrets(frame, this.#redaction);
    }
  }

  /** Connection and session of a frame, unless an earlier frame has emitted them. */
  *before(frame: FrameRow): Generator<ExportRow, void> {
    yield* this.connection(frame.connectionId);
    yield* this.session(frame);
  }

  /** Session of a frame, if it has one that was not emitted yet. */
  *session({ sessionId }: FrameRow): Generator<ExportRow, void> {
    if (sessionId !== null) yield* this.#once('session', sessionId);
  }

  /** Connections that the filter's ids allow, in the order in which they were opened. */
  connections(): readonly ConnectionRow[] {
    const { connection } = this.#filter;
    return this.#reader
      .connections()
      .filter(({ id }) => connection === undefined || connection === id)
      .sort((one, other) => one.openedAtUs - other.openedAtUs);
  }

  /** A listed connection; call it after its frames, as they show its secrets. */
  listed(connection: ConnectionRow): ConnectionRow {
    return this.#redaction?.connection(connection) ?? connection;
  }

  /** A connection and its capture, unless emitted already. */
  *connection(id: number): Generator<ExportRow, void> {
    yield* this.#once('connection', id);
  }

  /** All rows after the last frame. */
  *after(): Generator<ExportRow, void> {
    yield* this.beside();
    for (const exchange of this.exchanges()) {
      yield* this.exchange(exchange);
      yield* this.#row('exchange_body', exchange.id);
    }
  }

  /** Rows that go with the connections and sessions; after the last frame. */
  *beside(): Generator<ExportRow, void> {
    if (this.isWhole) {
      for (const table of ['capture', 'connection', 'session'] as const) {
        for (const { id } of this.#reader.rows(table)) yield* this.#once(table, Number(id));
      }
    }
    for (const table of DEPENDENT) yield* this.#dependent(table);
  }

  /** Selected REST calls, in the order in which they began. */
  *exchanges(): Generator<ExchangeRow, void> {
    if (!this.#keys().every((key) => OF_EXCHANGES.includes(key))) return;
    const { session, sinceUs, untilUs } = this.#filter;
    for (const exchange of this.#reader.exchanges({ session, sinceUs, untilUs })) {
      yield this.#redaction?.exchange(exchange) ?? exchange;
    }
  }

  /** A REST call without its bodies, and its capture unless emitted already. */
  *exchange({ id, captureId }: ExchangeRow): Generator<ExportRow, void> {
    yield* this.#once('capture', captureId);
    yield* this.#row('exchange', id);
  }

  /** Keys that the filter uses. */
  #keys(): readonly string[] {
    return Object.entries(this.#filter).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  }

  *#dependent(table: (typeof DEPENDENT)[number]): Generator<ExportRow, void> {
    const { connection, session } = this.#emitted;
    for (const row of this.#reader.rows(table)) {
      const sessionId = row['session_id'] ?? null;
      if (!connection.has(Number(row['connection_id']))) continue;
      if (sessionId === null || session.has(Number(sessionId))) yield this.#tell(table, row);
    }
  }

  *#once(table: 'capture' | 'connection' | 'session', id: number): Generator<ExportRow, void> {
    if (this.#emitted[table].has(id)) return;
    this.#emitted[table].add(id);
    const row = this.#reader.row(table, id);
    if (row === null) return;
    if (table === 'connection') yield* this.#once('capture', Number(row['capture_id']));
    yield this.#tell(table, row);
  }

  *#row(table: CopiedTable, id: number): Generator<ExportRow, void> {
    const row = this.#reader.row(table, id);
    if (row !== null) yield this.#tell(table, row);
  }

  #tell(table: CopiedTable, row: TableRow): ExportRow {
    return { [table]: this.#redaction?.row(table, row) ?? row };
  }
}

function withoutSecrets(frame: FrameDetail, redaction: RowRedaction): FrameDetail {
  const { op, event, payloadText, bytes } = frame;
  const body = payloadText === null ? null : Buffer.from(payloadText);
  const clean = redaction.frame({ op, event, body, raw: bytes });
  const text = clean.body === body || clean.body === null ? payloadText : Buffer.from(clean.body).toString();
  return { ...frame, event: clean.event, payloadText: text, bytes: clean.raw };
}
