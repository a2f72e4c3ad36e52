/**
 * Teller: rows of the tables beside the frames, for forms that keep everything: each is told once, before the first frame
 * that needs it, or after the last frame.
 *
 * A row is an object with one key, its table, and under it the columns (migrations/README.md), without the capture, which
 * an import makes anew. Frames and their bytes are told by the forms themselves.
 */
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
  readonly #told = { connection: new Set<number>(), session: new Set<number>() };

  constructor({ reader, filter }: ExportSource) {
    this.#reader = reader;
    this.#filter = filter;
  }

  /** Connection and session of a frame, where no frame before it has told them. */
  *before({ connectionId, sessionId }: FrameRow): Generator<ToldRow, void> {
    yield* this.#once('connection', connectionId);
    if (sessionId !== null) yield* this.#once('session', sessionId);
  }

  /** Everything that comes when the last frame has been told. */
  *after(): Generator<ToldRow, void> {
    const said = Object.entries(this.#filter).filter(([, value]) => value !== undefined);
    if (said.length === 0) yield* this.#withoutFrames();
    for (const table of DEPENDENT) yield* this.#dependent(table);
    if (said.every(([key]) => OF_EXCHANGES.includes(key))) yield* this.#exchanges();
  }

  *#withoutFrames(): Generator<ToldRow, void> {
    for (const table of ['connection', 'session'] as const) {
      for (const { id } of this.#reader.rows(table)) yield* this.#once(table, Number(id));
    }
  }

  *#dependent(table: (typeof DEPENDENT)[number]): Generator<ToldRow, void> {
    const { connection, session } = this.#told;
    for (const row of this.#reader.rows(table)) {
      const sessionId = row['session_id'] ?? null;
      if (!connection.has(Number(row['connection_id']))) continue;
      if (sessionId === null || session.has(Number(sessionId))) yield told(table, row);
    }
  }

  *#exchanges(): Generator<ToldRow, void> {
    const { session, sinceUs, untilUs } = this.#filter;
    for (const { id } of this.#reader.exchanges({ session, sinceUs, untilUs })) {
      yield* this.#row('exchange', id);
      yield* this.#row('exchange_body', id);
    }
  }

  *#once(table: 'connection' | 'session', id: number): Generator<ToldRow, void> {
    if (this.#told[table].has(id)) return;
    this.#told[table].add(id);
    yield* this.#row(table, id);
  }

  *#row(table: CopiedTable, id: number): Generator<ToldRow, void> {
    const row = this.#reader.row(table, id);
    if (row !== null) yield told(table, row);
  }
}

function told(table: CopiedTable, row: TableRow): ToldRow {
  const columns = Object.entries(row).filter(([column]) => column !== 'capture_id');
  return { [table]: Object.fromEntries(columns) };
}
