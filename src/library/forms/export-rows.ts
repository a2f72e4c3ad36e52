/**
 * Export rows: frames and the rows of the tables beside them, for forms that keep everything: each row is told once, before the
 * first frame that needs it, or after the last frame. Whatever may leave passes here, without its secrets where the
 * database may hold some.
 *
 * A row is an object with one key, its table, and under it the columns (migrations/README.md).
 */
import type { ExchangeRow } from '../../store/exchanges/rows.js';
import type { FrameFilter } from '../../store/filter.js';
import type { ConnectionRow } from '../../store/listings.js';
import type { FrameDetail, FrameRow } from '../../store/frame-rows.js';
import type { CaptureReader } from '../../store/reader.js';
import type { CopiedTable, TableRow } from '../../store/table-rows.js';
import type { RowRedaction } from '../row-redaction.js';
import type { ExportSource } from './form.js';

/** A row under the name of its table. */
export type ExportRow = Readonly<Partial<Record<CopiedTable, TableRow>>>;

/** What a filter may say so that REST calls still go along. */
const OF_EXCHANGES: readonly string[] = ['session', 'sinceUs', 'untilUs'] satisfies (keyof FrameFilter)[];
/** Tables whose rows go with the connections and sessions that are told. */
const DEPENDENT = ['session_connection', 'heartbeat', 'observation', 'gap'] as const;

/** Tells each row once. */
export class ExportRows {
  readonly #reader: CaptureReader;
  readonly #filter: FrameFilter;
  readonly #redaction: RowRedaction | null;
  readonly #told = { capture: new Set<number>(), connection: new Set<number>(), session: new Set<number>() };

  constructor({ reader, filter, redaction }: ExportSource) {
    this.#reader = reader;
    this.#filter = filter;
    this.#redaction = redaction ?? null;
  }

  /** Whether no filter chooses, and so everything is told, frames or not. */
  get isWhole(): boolean {
    return this.#keys().length === 0;
  }

  /** Frames that the filter chooses, with what was kept of their bytes; of one connection alone where one is named. */
  *frames(connection: number | undefined = this.#filter.connection): Generator<FrameDetail, void> {
    for (const row of this.#reader.frames({ ...this.#filter, connection })) {
      const frame = { ...row, bytes: this.#reader.frameBytes(row.id) };
      yield this.#redaction === null ? frame : withoutSecrets(frame, this.#redaction);
    }
  }

  /** Connection and session of a frame, where no frame before it has told them. */
  *before(frame: FrameRow): Generator<ExportRow, void> {
    yield* this.connection(frame.connectionId);
    yield* this.session(frame);
  }

  /** Session of a frame, where it has one that has not been told yet. */
  *session({ sessionId }: FrameRow): Generator<ExportRow, void> {
    if (sessionId !== null) yield* this.#once('session', sessionId);
  }

  /** Connections that the filter does not rule out by their ids, in the order in which they were opened. */
  connections(): readonly ConnectionRow[] {
    const { connection } = this.#filter;
    return this.#reader
      .connections()
      .filter(({ id }) => connection === undefined || connection === id)
      .sort((one, other) => one.openedAtUs - other.openedAtUs);
  }

  /** What is listed of a connection; when its frames have been told, as they tell what its secrets are. */
  listed(connection: ConnectionRow): ConnectionRow {
    return this.#redaction?.connection(connection) ?? connection;
  }

  /** A connection and its capture, where they have not been told yet. */
  *connection(id: number): Generator<ExportRow, void> {
    yield* this.#once('connection', id);
  }

  /** Everything that comes when the last frame has been told. */
  *after(): Generator<ExportRow, void> {
    yield* this.beside();
    for (const exchange of this.exchanges()) {
      yield* this.exchange(exchange);
      yield* this.#row('exchange_body', exchange.id);
    }
  }

  /** Rows that go with the connections and sessions, when the last frame has been told. */
  *beside(): Generator<ExportRow, void> {
    if (this.isWhole) {
      for (const table of ['capture', 'connection', 'session'] as const) {
        for (const { id } of this.#reader.rows(table)) yield* this.#once(table, Number(id));
      }
    }
    for (const table of DEPENDENT) yield* this.#dependent(table);
  }

  /** REST calls that go along, in the order in which they began. */
  *exchanges(): Generator<ExchangeRow, void> {
    if (!this.#keys().every((key) => OF_EXCHANGES.includes(key))) return;
    const { session, sinceUs, untilUs } = this.#filter;
    for (const exchange of this.#reader.exchanges({ session, sinceUs, untilUs })) {
      yield this.#redaction?.exchange(exchange) ?? exchange;
    }
  }

  /** A REST call without its bodies, and its capture, where that has not been told yet. */
  *exchange({ id, captureId }: ExchangeRow): Generator<ExportRow, void> {
    yield* this.#once('capture', captureId);
    yield* this.#row('exchange', id);
  }

  /** Keys by which the filter chooses. */
  #keys(): readonly string[] {
    return Object.entries(this.#filter).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  }

  *#dependent(table: (typeof DEPENDENT)[number]): Generator<ExportRow, void> {
    const { connection, session } = this.#told;
    for (const row of this.#reader.rows(table)) {
      const sessionId = row['session_id'] ?? null;
      if (!connection.has(Number(row['connection_id']))) continue;
      if (sessionId === null || session.has(Number(sessionId))) yield this.#tell(table, row);
    }
  }

  *#once(table: 'capture' | 'connection' | 'session', id: number): Generator<ExportRow, void> {
    if (this.#told[table].has(id)) return;
    this.#told[table].add(id);
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
