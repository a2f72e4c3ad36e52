/**
 * Several databases: finds the files of patterns, and lists rows of all of them together.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import type { OnSearched } from '../store/frame-rows.js';
import { openReader, type CaptureReader } from '../store/reader.js';
import { mergeStats, type Stats, type StatsQuery } from '../store/stats/stats.js';

/** An open database, with its path as the user gave it. */
export interface OpenDatabase {
  readonly file: string;
  readonly reader: CaptureReader;
}

/** A row, with its file. */
export interface RowOfFile<Row> {
  readonly file: string;
  readonly row: Row;
}

/** What SQLite and the lock keep beside a database. */
const SIDE_FILES = /-(?:wal|shm|lock|journal)$/;

/**
 * Files of paths and patterns, in the order of the names, each once. In a pattern, `*` and `?` match parts of a name; an
 * existing path is never a pattern. Throws StoreError for a pattern without a file.
 */
export function findDatabases(patterns: readonly string[]): readonly string[] {
  const byPath = new Map<string, string>();
  for (const pattern of patterns) {
    const isPattern = /[*?]/.test(pattern) && !existsSync(pattern);
    const found = isPattern ? expand(pattern) : [pattern];
    if (found.length === 0)
      throw new StoreError(`no database matches ${pattern}`, 'name one that there is, or look at the folder');
    for (const file of found) {
      const path = existsSync(file) ? realpathSync(file) : file;
      if (!byPath.has(path)) byPath.set(path, file);
    }
  }
  return [...byPath.values()];
}

function expand(pattern: string): readonly string[] {
  const folder = dirname(pattern);
  const name = pattern.slice(pattern.lastIndexOf('/') + 1);
  const folders = /[*?]/.test(folder) ? expand(folder) : [folder];
  const isMeant = new RegExp(
    `^${name
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return folders.flatMap((each) =>
    listNames(each)
      .filter((entry) => isMeant.test(entry) && !SIDE_FILES.test(entry))
      .map((entry) => (pattern.includes('/') ? join(each, entry) : entry)),
  );
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Opens all for `use`, and closes them in any case. Rejects with StoreError if one of them cannot be read. */
export async function readDatabases<Result>(
  files: readonly string[],
  use: (databases: readonly OpenDatabase[]) => Result | Promise<Result>,
): Promise<Result> {
  const databases: OpenDatabase[] = [];
  try {
    for (const file of files) databases.push({ file, reader: openReader(file) });
    return await use(databases);
  } finally {
    for (const { reader } of databases) reader.close();
  }
}

/** Statistics of one database, or of several together. */
export function readStatsOf(
  databases: readonly OpenDatabase[],
  makeQuery: (reader: CaptureReader) => StatsQuery,
  onSearched?: OnSearched,
): Stats {
  const [first] = databases;
  if (databases.length === 1 && first !== undefined)
    return first.reader.stats(makeQuery(first.reader), onSearched);
  const queries = databases.map(({ file, reader }) => ({ file, reader, query: makeQuery(reader) }));
  return mergeStats(
    queries.map(({ file, reader, query }) => ({ file, part: reader.statsPart(query, onSearched) })),
    queries[0]?.query.by,
  );
}

/** Rows of all files in the order of their times; of a file in its own order. With a limit, the newest of them. */
export function* mergeRows<Row>(
  sources: readonly { readonly file: string; readonly rows: Iterable<Row> }[],
  readAtUs: (row: Row) => number | null,
  limit = Infinity,
): Generator<RowOfFile<Row>, void> {
  const merged = mergeAll(sources, readAtUs);
  if (limit === Infinity) yield* merged;
  // No file has given more rows than the limit.
  else yield* [...merged].slice(-limit);
}

function* mergeAll<Row>(
  sources: readonly { readonly file: string; readonly rows: Iterable<Row> }[],
  readAtUs: (row: Row) => number | null,
): Generator<RowOfFile<Row>, void> {
  const heads = sources.flatMap(({ file, rows }) => {
    const iterator = rows[Symbol.iterator]();
    const next: IteratorResult<Row, unknown> = iterator.next();
    return next.done === true ? [] : [{ file, iterator, row: next.value }];
  });
  while (heads.length > 0) {
    let first = heads[0];
    for (const head of heads) {
      if (first !== undefined && (readAtUs(head.row) ?? -Infinity) < (readAtUs(first.row) ?? -Infinity))
        first = head;
    }
    if (first === undefined) return;
    yield { file: first.file, row: first.row };
    const next: IteratorResult<Row, unknown> = first.iterator.next();
    if (next.done === true) heads.splice(heads.indexOf(first), 1);
    else first.row = next.value;
  }
}
