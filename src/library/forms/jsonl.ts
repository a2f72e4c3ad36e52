/**
 * JSON lines as a form of export and import: everything that a database has, one frame or row a line, for jq, data
 * frames, and the way back.
 *
 * A line with an `id` is a frame, as `gatetape frames` prints it. Any other has one key: a table, and under it a row with
 * the names of its columns (migrations/README.md), or `belongs`, `payload` or `frame_bytes`: what the next frames need
 * besides. Ids stay what they are, so that a database of its own gives the same lines again.
 */
import type { FrameFilter } from '../../store/filter.js';
import { frameToJson, type FrameRow } from '../../store/frame-rows.js';
import type { CaptureReader } from '../../store/reader.js';
import { COPIED_TABLES, type CopiedTable, type TableRow } from '../../store/table-rows.js';
import type { ExportSource, Form } from './form.js';
import { readJsonl } from './jsonl-read.js';

const BEGIN = new RegExp(
  `^\\uFEFF?\\s*\\{\\s*"(?:id|belongs|payload|frame_bytes|${COPIED_TABLES.join('|')})"\\s*:`,
);

/** One JSON object a line. */
export const JSONL_FORM: Form = { write, read: readJsonl, isLike: (head) => BEGIN.test(head) };

/** What a filter may say so that REST calls still go along. */
const OF_EXCHANGES: readonly string[] = ['session', 'sinceUs', 'untilUs'] satisfies (keyof FrameFilter)[];
/** Tables whose rows go with the connections and sessions that are told. */
const DEPENDENT = ['session_connection', 'heartbeat', 'observation', 'gap'] as const;

function* write({ reader, filter }: ExportSource): Generator<string, void> {
  const said = Object.entries(filter).filter(([, value]) => value !== undefined);
  const teller = new Teller(reader);
  for (const frame of reader.frames(filter)) yield* teller.frame(frame);
  if (said.length === 0) yield* teller.rest();
  for (const table of DEPENDENT) yield* teller.dependent(table);
  if (!said.every(([key]) => OF_EXCHANGES.includes(key))) return;
  const { session, sinceUs, untilUs } = filter;
  for (const { id } of reader.exchanges({ session, sinceUs, untilUs })) yield* teller.exchange(id);
}

/** Tells each row once, before the first line that needs it. */
class Teller {
  readonly #reader: CaptureReader;
  readonly #told = { connection: new Set<number>(), session: new Set<number>() };
  /** Session of the last frame of each connection. */
  readonly #sessions = new Map<number, number | null>();

  constructor(reader: CaptureReader) {
    this.#reader = reader;
  }

  *frame(frame: FrameRow): Generator<string, void> {
    const { id, connectionId, sessionId, payloadText } = frame;
    yield* this.#once('connection', connectionId);
    if ((this.#sessions.get(connectionId) ?? null) !== sessionId) {
      this.#sessions.set(connectionId, sessionId);
      if (sessionId !== null) yield* this.#once('session', sessionId);
      yield lineOf('belongs', { connection_id: connectionId, session_id: sessionId });
    }
    const bytes = this.#reader.row('frame_bytes', id);
    if (bytes !== null) yield lineOf('frame_bytes', bytes);
    const line = frameToJson(frame);
    // White space that the frame's own line does not keep.
    if (payloadText !== null && /[\r\n]/.test(payloadText))
      yield lineOf('payload', { frame_id: id, body: payloadText });
    yield line;
  }

  /** Connections and sessions without frames. */
  *rest(): Generator<string, void> {
    for (const table of ['connection', 'session'] as const) {
      for (const { id } of this.#reader.rows(table)) yield* this.#once(table, Number(id));
    }
  }

  *dependent(table: (typeof DEPENDENT)[number]): Generator<string, void> {
    const { connection, session } = this.#told;
    for (const row of this.#reader.rows(table)) {
      const sessionId = row['session_id'] ?? null;
      if (!connection.has(Number(row['connection_id']))) continue;
      if (sessionId === null || session.has(Number(sessionId))) yield lineOf(table, row);
    }
  }

  *exchange(id: number): Generator<string, void> {
    for (const table of ['exchange', 'exchange_body'] as const) {
      const row = this.#reader.row(table, id);
      if (row !== null) yield lineOf(table, row);
    }
  }

  *#once(table: 'connection' | 'session', id: number): Generator<string, void> {
    if (this.#told[table].has(id)) return;
    this.#told[table].add(id);
    const row = this.#reader.row(table, id);
    if (row !== null) yield lineOf(table, row);
  }
}

/** A row without its capture, which an import makes anew; bytes in base64. */
function lineOf(name: CopiedTable | 'belongs' | 'payload' | 'frame_bytes', row: TableRow): string {
  const columns = Object.entries(row)
    .filter(([column]) => column !== 'capture_id')
    .map(([column, value]) => [
      column,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]);
  return JSON.stringify({ [name]: Object.fromEntries(columns) as unknown });
}
