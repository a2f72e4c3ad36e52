/**
 * User SQL: one reading statement, its columns and its rows, streamed.
 *
 * The handle is already read-only; statements that could avoid that (ATTACH, PRAGMA, VACUUM INTO) begin with words that
 * are not allowed here. A statement that SQLite refuses is a UsageError with SQLite's own message. Source:
 * sqlite.org/lang.html, sqlite.org/rescode.html.
 */
import { errorCode, UsageError } from '../errors.js';
import type { Database, Statement } from './database.js';

/** A value as SQLite has it; integers are exact. */
export type SqlCell = bigint | number | string | Uint8Array | null;

/** Answer to a statement. */
export interface SqlResult {
  /** Unique names of the columns: the second `id` is `id_2`. */
  readonly columns: readonly string[];
  readonly rows: IterableIterator<readonly SqlCell[]>;
}

const READING = ['SELECT', 'WITH', 'VALUES'];

const GAP = String.raw`(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*`;

/**
 * First word of an allowed statement, after white space, comments and empty statements. EXPLAIN is skipped:
 * the word after it has to be allowed, because SQLite executes some PRAGMAs while it compiles them.
 */
const FIRST_WORD = new RegExp(`^${GAP}(?:EXPLAIN${GAP}(?:QUERY${GAP}PLAN${GAP})?)?([a-z]*)`, 'i');

/** Errors that are the statement's fault; any other is the file's, or ours. */
const STATEMENT_FAULTS = ['SQLITE_ERROR', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH', 'SQLITE_RANGE', 'SQLITE_NOMEM'];

/** Runs `text`. Throws a UsageError if it is not a reading statement, also while rows are read. */
export function runSql(db: Database, text: string): SqlResult {
  const word = FIRST_WORD.exec(text)?.[1]?.toUpperCase() ?? '';
  if (!READING.includes(word) && /\w/.test(text)) throw notReading(word);
  return blamed(() => {
    const statement = db.prepare<[], SqlCell[]>(text);
    if (!statement.reader || !statement.readonly)
      throw new UsageError('the statement would write', 'give one that only reads');
    return {
      columns: unique(statement.columns().map(({ name }) => name)),
      rows: readRows(statement.safeIntegers().raw()),
    };
  });
}

function notReading(word: string): UsageError {
  const what = word === '' ? 'the text' : word;
  return new UsageError(
    `${what} is not a statement that reads`,
    `begin with ${READING.join(', ')} or EXPLAIN`,
  );
}

/** Rows of a statement, which starts when the first is taken: one that has started keeps its handle busy. */
function* readRows(statement: Statement<[], SqlCell[]>): Generator<readonly SqlCell[], void, undefined> {
  try {
    yield* statement.iterate();
  } catch (error) {
    throw blame(error);
  }
}

function blamed<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw blame(error);
  }
}

/** `error` as a UsageError where the statement is to blame. A RangeError is better-sqlite3's, about the text. */
function blame(error: unknown): unknown {
  const isFault = error instanceof RangeError || STATEMENT_FAULTS.includes(errorCode(error));
  if (!isFault || !(error instanceof Error)) return error;
  return new UsageError(
    `SQLite cannot run the statement (${error.message})`,
    'the tables and views are in migrations/README.md, and in sqlite_schema',
    { cause: error },
  );
}

function unique(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name}_${count}`;
    taken.add(own);
    return own;
  });
}
