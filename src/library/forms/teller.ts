/**
 * Teller: rows of the tables beside the frames, for forms that keep everything: each is told once, before the first frame
 * that needs it, or after the last frame.
 *
 * A row is an object with one key, its table, and under it the columns (migrations/README.md). Frames and their bytes are told by the forms themselves.
 */
import type { ExchangeRow } from '../../store/exchanges/rows.js';
import type { FrameFilter } from '../../store/filter.js';
import type { FrameRow } from '../../store/frame-rows.js';
import type { CaptureReader } from '../../store/reader.js';
import type { CopiedTable, TableRow } from '../../store/table-rows.js';
import type { ExportSource } from './form.js';

/** A row under the name of its table. */
export type ToldRow = Readonly<Partial<Record<CopiedTable, TableRow>>>;

/** What a filter may say so that REST calls still go along. */
const OF_EXCHANGES: readonly string[] = ['session', 'sinceUs', 'untilUs'] satisfies (keyof FrameFilter)[];
/** Tables whose rows go with the connections and sessions that are told. */
const DEPENDENT = ['session_connection', 'heartbeat', 'observation', 'gap'] as const;

/** Tells each row once. */
export class Teller {
  readonly #reader: CaptureReader;
  readonly #filter: FrameFilter;
  readonly #told = { capture: new Set<number>(), connection: new Set<number>(), session: new Set<number>() };

  constructor({ reader, filter }: ExportSource) {
    this.#reader = reader;
    this.#filter = filter;
  }

  /** Whether no filter chooses, and so everything is told, frames or not. */
  get isWhole(): boolean {
    return this.#keys().length === 0;
  }

  /** Connection and session of a frame, where no frame before it has told them. */
  *before({ connectionId, sessionId }: FrameRow): Generator<ToldRow, void> {
    yield* this.connection(connectionId);
    if (sessionId !== null) yield* this.#once('session', sessionId);
  }

  /** A connection and its capture, where they have not been told yet. */
  *connection(id: number): Generator<ToldRow, void> {
    yield* this.#once('connection', id);
  }

  /** Everything that comes when the last frame has been told. */
  *after(): Generator<ToldRow, void> {
    yield* this.beside();
    for (const exchange of this.exchanges()) {
      yield* this.exchange(exchange);
      yield* this.#row('exchange_body', exchange.id);
    }
  }

  /** Rows that go with the connections and sessions, when the last frame has been told. */
  *beside(): Generator<ToldRow, void> {
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
    yield* this.#reader.exchanges({ session, sinceUs, untilUs });
  }

  /** A REST call without its bodies, and its capture, where that has not been told yet. */
  *exchange({ id, captureId }: ExchangeRow): Generator<ToldRow, void> {
    yield* this.#once('capture', captureId);
    yield* this.#row('exchange', id);
  }

  /** Keys by which the filter chooses. */
  #keys(): readonly string[] {
    return Object.entries(this.#filter).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  }

  *#dependent(table: (typeof DEPENDENT)[number]): Generator<ToldRow, void> {
    const { connection, session } = this.#told;
    for (const row of this.#reader.rows(table)) {
      const sessionId = row['session_id'] ?? null;
      if (!connection.has(Number(row['connection_id']))) continue;
      if (sessionId === null || session.has(Number(sessionId))) yield { [table]: row };
    }
  }

  *#once(table: 'capture' | 'connection' | 'session', id: number): Generator<ToldRow, void> {
    if (this.#told[table].has(id)) return;
    this.#told[table].add(id);
    const row = this.#reader.row(table, id);
    if (row === null) return;
    if (table === 'connection') yield* this.#once('capture', Number(row['capture_id']));
    yield { [table]: row };
  }

  *#row(table: CopiedTable, id: number): Generator<ToldRow, void> {
    const row = this.#reader.row(table, id);
    if (row !== null) yield { [table]: row };
  }
}
