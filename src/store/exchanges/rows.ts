/**
 * Exchange rows: REST calls as they are listed, with bounded memory however many there are.
 *
 * They come in the order in which they began. Rows are read in pages that end their statement, bodies one by one, as
 * with frames.
 */
import { EXCHANGE_COLUMNS, EXCHANGE_KEYS, type ExchangeRow } from '../../capture/columns.js';
import { selectColumns, type StoredRow } from '../column-sql.js';
import type { Database } from '../database.js';
import { findTextDefect } from '../payload-text.js';
import { DamagedFile } from '../store-error.js';
import { callListCondition } from './call-filter.js';
import type { ExchangeFilter } from './filter.js';

type SqlRow = StoredRow<typeof EXCHANGE_COLUMNS, 'exchange'>;

interface Bodies {
  readonly request: string | null;
  readonly response: string | null;
}

/** Rows of one page. */
const PAGE = 500;
const NO_BODIES: Bodies = Object.freeze({ request: null, response: null });

/** Place of a call in the order in which they began. */
type Place = Pick<SqlRow, 'startedAtUs' | 'id'>;

/** REST calls that pass the filter, oldest first. */
export function* listExchanges(db: Database, filter: ExchangeFilter): Generator<ExchangeRow, void> {
  const { sql, values } = callListCondition(db, filter);
  const bodies = db.prepare<[number], Bodies>(
    'SELECT request, response FROM exchange_body WHERE exchange_id = ?',
  );
  const page = db.prepare<unknown[], SqlRow>(
    `SELECT ${selectColumns(EXCHANGE_COLUMNS, 'exchange')} FROM exchange
     WHERE (started_at_us, id) > (?, ?) AND ${sql} ORDER BY started_at_us, id LIMIT ${PAGE}`,
  );
  let after = beforeNewest(db, filter);
  for (;;) {
    const rows = page.all(after.startedAtUs, after.id, ...values);
    for (const row of rows) yield toRow(row, bodies.get(row.id) ?? NO_BODIES);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    // Beyond ±2^53 both are rounded, and the page would come again.
    if (!Number.isSafeInteger(last.startedAtUs) || !Number.isSafeInteger(last.id)) {
      throw new DamagedFile(`the REST call ${last.id} has an id or time that no recorder gives`);
    }
    after = last;
  }
}

/** Place right before the oldest call to list. */
function beforeNewest(db: Database, filter: ExchangeFilter): Place {
  const start = { startedAtUs: Number.MIN_SAFE_INTEGER, id: 0 };
  if (filter.limit === undefined) return start;
  const { sql, values } = callListCondition(db, filter);
  const before = db
    .prepare<unknown[], Place>(
      `SELECT ${selectColumns(EXCHANGE_COLUMNS, 'exchange', ['startedAtUs', 'id'])} FROM exchange WHERE ${sql}
       ORDER BY started_at_us DESC, id DESC LIMIT 1 OFFSET ?`,
    )
    .get(...values, filter.limit);
  return before ?? start;
}

function parseHeaders({ id, responseHeaders: text }: SqlRow): Readonly<Record<string, string>> {
  const fault = findHeadersDefect(text);
  if (fault !== null) throw new DamagedFile(`the list of headers of the REST call ${id} ${fault}`);
  return JSON.parse(text) as Readonly<Record<string, string>>;
}

/** Defect of a call's list of headers, worded to follow its name; null if it is valid. */
export function findHeadersDefect(text: string): string | null {
  const fault = findTextDefect(Buffer.from(text));
  if (fault !== null) return fault;
  const values = Object.values(JSON.parse(text) as Readonly<Record<string, unknown>>);
  return values.every((value) => typeof value === 'string') ? null : 'has a header that is not text';
}

function toRow(row: SqlRow, { request, response }: Bodies): ExchangeRow {
  const values: ExchangeRow = {
    ...row,
    durationUs: row.endedAtUs - row.startedAtUs,
    responseHeaders: parseHeaders(row),
    requestCut: row.requestCut === 1,
    requestBody: request,
    responseCut: row.responseCut === 1,
    responseBody: response,
  };
  return inOrder(values);
}

/** The same row, its keys in the order of the table, in which they are printed. */
function inOrder(row: ExchangeRow): ExchangeRow {
  return Object.fromEntries(EXCHANGE_KEYS.map((key) => [key, row[key]])) as unknown as ExchangeRow;
}
