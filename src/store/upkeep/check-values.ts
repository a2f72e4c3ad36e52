/**
 * Check of the values: whole numbers that a program can hold, times within the calendar, and text that the readers of its
 * column can parse. SQLite's integrity check covers the types of values and the tables' own conditions.
 */
import type { Database } from '../database.js';
import { findHeadersDefect } from '../exchanges/rows.js';

/** Years 1 to 9999, in µs since the Unix epoch. */
const FIRST_US = -62_135_596_800_000_000;
const LAST_US = 253_402_300_799_999_999n;

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Columns of text that readers parse: what the text is, and the check of the reader itself. */
const PARSED: readonly (readonly [
  table: string,
  column: string,
  name: string,
  findDefect: (text: string) => string | null,
])[] = [['exchange', 'response_headers', 'the list of headers of the REST call', findHeadersDefect]];

/** Defects of numbers and times, one sentence for each table, and of text that readers parse, one for each. */
export function* findValueDefects(db: Database): Generator<string> {
  yield* findNumberDefects(db);
  for (const [table, column, name, findDefect] of PARSED) {
    const rows = db
      .prepare<[], { id: number; text: string }>(
        `SELECT id, ${column} AS text FROM main.${table} WHERE typeof(${column}) = 'text' ORDER BY id`,
      )
      .iterate();
    for (const { id, text } of rows) {
      const fault = findDefect(text);
      if (fault !== null) yield `${name} ${id} ${fault}`;
    }
  }
}

function* findNumberDefects(db: Database): Generator<string> {
  const columns = db
    .prepare<[], { name: string; columns: string }>(
      `SELECT tables.name, group_concat(columns.name) AS columns
       FROM pragma_table_list AS tables JOIN pragma_table_info(tables.name) AS columns
       WHERE tables.schema = 'main' AND tables.type = 'table' AND tables.strict AND columns.type = 'INTEGER'
       GROUP BY 1 ORDER BY 1`,
    )
    .all();
  for (const { name, columns: names } of columns) {
    const conditions = names
      .split(',')
      .map((column) =>
        column.endsWith('_us')
          ? `${column} NOT BETWEEN ${FIRST_US} AND ${LAST_US}`
          : `${column} NOT BETWEEN ${-LARGEST} AND ${LARGEST}`,
      );
    const count = db
      .prepare<[], number>(`SELECT count(*) FROM main.${name} WHERE ${conditions.join(' OR ')}`)
      .pluck()
      .get();
    if (count !== undefined && count > 0) {
      yield `${count} rows of ${name} have a number or time that no recorder writes`;
    }
  }
}

/** Names of the checks. */
export type CheckName =
  | 'integrity'
  | 'application_id'
  | 'migrations'
  | 'schema'
  | 'foreign_keys'
  | 'values'
  | 'rollups'
  | 'bodies'
  | 'recovery'
  | 'pruning';

/** Something that a check of a database has found, a fault or a note. */
export interface Finding {
  readonly check: CheckName;
  /** One sentence, without a full stop. */
  readonly detail: string;
}
