/**
 * Exchange rows: REST calls as they are listed, with bounded memory however many there are.
 *
 * They come in the order in which they began. Rows are read in pages that end their statement, bodies one by one, as
 * with frames.
 */
import type { ExchangeError } from '../../capture/records.js';
import type { Database } from '../database.js';
import { findTextDefect } from '../payload-text.js';
import { DamagedFile } from '../store-error.js';
import { exchangeCondition, type ExchangeFilter } from './filter.js';

/** One REST call. */
export interface ExchangeRow {
  readonly id: number;
  readonly captureId: number;
  /** µs since the Unix epoch. */
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly durationUs: number;
  readonly method: string;
  /** Path and query below the API base, redacted. */
  readonly path: string;
  /** Path without version, query, ids and other values. */
  readonly route: string;
  /** Placeholder of the client's token. */
  readonly tokenAlias: string | null;
  readonly userAgent: string | null;
  /** Null when the API gave no answer. */
  readonly status: number | null;
  /** Why it was not answered in full, or null. */
  readonly fault: ExchangeError | null;
  /** Headers that steer a client; names in lower case. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly requestType: string | null;
  /** Bytes of the body as they crossed the wire. */
  readonly requestBytes: number;
  /** Whether `requestBody` is not all of it. */
  readonly requestCut: boolean;
  /** Text, decoded and redacted, or null. */
  readonly requestBody: string | null;
  readonly responseType: string | null;
  readonly responseBytes: number;
  readonly responseCut: boolean;
  readonly responseBody: string | null;
}

interface SqlRow {
  readonly id: number;
  readonly capture_id: number;
  readonly started_at_us: number;
  readonly ended_at_us: number;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly token_alias: string | null;
  readonly user_agent: string | null;
  readonly status: number | null;
  readonly fault: ExchangeError | null;
  readonly response_headers: string;
  readonly request_type: string | null;
  readonly request_bytes: number;
  readonly is_request_cut: number;
  readonly response_type: string | null;
  readonly response_bytes: number;
  readonly is_response_cut: number;
}

interface Bodies {
  readonly request: string | null;
  readonly response: string | null;
}

/** Rows of one page. */
const PAGE = 500;
const NO_BODIES: Bodies = Object.freeze({ request: null, response: null });

/** REST calls that pass the filter, oldest first. */
export function* listExchanges(db: Database, filter: ExchangeFilter): Generator<ExchangeRow, void> {
  const { sql, values } = exchangeCondition(db, filter);
  const bodies = db.prepare<[number], Bodies>(
    'SELECT request, response FROM exchange_body WHERE exchange_id = ?',
  );
  const page = db.prepare<unknown[], SqlRow>(
    `SELECT * FROM exchange WHERE (started_at_us, id) > (?, ?) AND ${sql}
     ORDER BY started_at_us, id LIMIT ${PAGE}`,
  );
  let after = beforeNewest(db, filter);
  for (;;) {
    const rows = page.all(after.started_at_us, after.id, ...values);
    for (const row of rows) yield toRow(row, bodies.get(row.id) ?? NO_BODIES);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    // Beyond ±2^53 both are rounded, and the page would come again.
    if (!Number.isSafeInteger(last.started_at_us) || !Number.isSafeInteger(last.id)) {
      throw new DamagedFile(`the REST call ${last.id} has an id or time that no recorder gives`);
    }
    after = last;
  }
}

/** Place right before the oldest call to list. */
function beforeNewest(db: Database, filter: ExchangeFilter): Pick<SqlRow, 'started_at_us' | 'id'> {
  const start = { started_at_us: Number.MIN_SAFE_INTEGER, id: 0 };
  if (filter.limit === undefined) return start;
  const { sql, values } = exchangeCondition(db, filter);
  const before = db
    .prepare<unknown[], Pick<SqlRow, 'started_at_us' | 'id'>>(
      `SELECT started_at_us, id FROM exchange WHERE ${sql}
       ORDER BY started_at_us DESC, id DESC LIMIT 1 OFFSET ?`,
    )
    .get(...values, filter.limit);
  return before ?? start;
}

function parseHeaders({ id, response_headers: text }: SqlRow): Readonly<Record<string, string>> {
  const fault = findTextDefect(Buffer.from(text));
  if (fault !== null) throw new DamagedFile(`the list of headers of the REST call ${id} ${fault}`);
  return JSON.parse(text) as Readonly<Record<string, string>>;
}

function toRow(row: SqlRow, { request, response }: Bodies): ExchangeRow {
  return {
    id: row.id,
    captureId: row.capture_id,
    startedAtUs: row.started_at_us,
    endedAtUs: row.ended_at_us,
    durationUs: row.ended_at_us - row.started_at_us,
    method: row.method,
    path: row.path,
    route: row.route,
    tokenAlias: row.token_alias,
    userAgent: row.user_agent,
    status: row.status,
    fault: row.fault,
    responseHeaders: parseHeaders(row),
    requestType: row.request_type,
    requestBytes: row.request_bytes,
    requestCut: row.is_request_cut === 1,
    requestBody: request,
    responseType: row.response_type,
    responseBytes: row.response_bytes,
    responseCut: row.is_response_cut === 1,
    responseBody: response,
  };
}
