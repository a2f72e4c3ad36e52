/**
 * CSV read back: each line as its frame, with the rows beside it, piece by piece, for files of any
 * size.
 *
 * It reads only files of `export --as csv`: other tables do not name the connection and session of a frame. A
 * spreadsheet can have saved it again, if it did not change the numbers.
 */
import { UsageError } from '../../errors.js';
import { parseJson } from '../../replay/tape/line.js';
import { FRAME_COLUMNS, FRAME_KEYS, isNumeric } from '../../capture/columns.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { copiedFrame, copiedRow, readLines, refuseRow, type SourceLocation } from './copied-rows.js';
import type { ImportedRows, ImportSource } from './form.js';

/** Columns of the file, in order. */
export const CSV_COLUMNS = [...FRAME_KEYS, 'payload', 'sessionId', 'bytes', 'rows'] as const;

/** Heading of an extra, empty column: it marks that texts that a spreadsheet would run have an apostrophe in front. */
export const SAFE_COLUMN = 'csvSafe';

type CsvColumn = (typeof CSV_COLUMNS)[number];

/** Columns with numbers; the others hold text. */
const NUMBERS: ReadonlySet<string> = new Set(
  Object.entries(FRAME_COLUMNS).flatMap(([key, { holds }]) => (isNumeric(holds) ? [key] : [])),
);

/** Reads CSV. Throws a UsageError that says which line is wrong. */
export function readCsv(file: ImportSource): ImportedRows {
  return { rows: readRows(file) };
}

function* readRows(file: ImportSource): Generator<CopiedRow, void> {
  let columns: readonly string[] | null = null;
  for (const { cells, line } of csvRecords(readLines(file))) {
    const place: SourceLocation = { text: `${file.name} line ${line}`, form: 'csv' };
    if (cells === null) refuseRow(place);
    if (columns === null) columns = headingOf(cells, file);
    else if (cells.length !== columns.length) refuseRow(place);
    else yield* lineRows(columns.length > CSV_COLUMNS.length ? cells.map(withoutApostrophe) : cells, place);
  }
}

function headingOf(cells: readonly CsvCell[], { name }: ImportSource): readonly string[] {
  const columns = cells.length > CSV_COLUMNS.length ? [...CSV_COLUMNS, SAFE_COLUMN] : CSV_COLUMNS;
  if (cells.length === columns.length && columns.every((column, at) => cells[at] === column)) return columns;
  throw new UsageError(
    `${name} does not have the columns of an export`,
    'only what `gatetape export --as csv` wrote can be imported',
  );
}

/** Reverses the escaping of `csvCell`. */
function withoutApostrophe(cell: CsvCell): CsvCell {
  return cell === null ? null : cell.replace(/^'(?='*[=+\-@\t\r])/, '');
}

function* lineRows(cells: readonly CsvCell[], place: SourceLocation): Generator<CopiedRow, void> {
  const texts = new Map(CSV_COLUMNS.map((column, at) => [column, cells[at] ?? null]));
  yield* besides(texts.get('rows') ?? null, place);
  const isFrame = CSV_COLUMNS.some((column) => column !== 'rows' && texts.get(column) !== null);
  if (isFrame) yield readFrame(texts, place);
}

function* besides(text: CsvCell, place: SourceLocation): Generator<CopiedRow, void> {
  if (text === null) return;
  const rows: unknown = parseJson(text);
  if (!Array.isArray(rows)) refuseRow(place);
  for (const row of rows as readonly unknown[]) yield copiedRow(row, place);
}

function readFrame(texts: ReadonlyMap<CsvColumn, CsvCell>, place: SourceLocation): CopiedRow {
  const values = new Map([...texts].map(([column, text]) => [column, parseValue(column, text)]));
  const session = values.get('sessionId') ?? null;
  const bytes = texts.get('bytes') ?? null;
  if (session !== null && !Number.isSafeInteger(session)) refuseRow(place);
  const body = texts.get('payload') ?? null;
  return copiedFrame(Object.fromEntries(values), { session: session as number | null, body, bytes }, place);
}

/** A number in another notation can have lost digits: it stays text, which is then refused. */
function parseValue(column: CsvColumn, text: CsvCell): string | number | null {
  return text === null || !NUMBERS.has(column) || !/^-?\d+$/.test(text) ? text : Number(text);
}

// Records of CSV: lines in, cells out. A record can span lines, because quotes can contain line ends.
//
// Source: RFC 4180. Lines end as specified there, or with a line feed alone.

/** Text of a cell; null if it is empty and not quoted. */
export type CsvCell = string | null;

/** One record, and the number of its first line, from 1. */
export interface CsvRecord {
  readonly line: number;
  /** Null if quotes are misplaced. */
  readonly cells: readonly CsvCell[] | null;
}

const QUOTE = '"';
/** Limit of a record's characters: about half of the longest string that JavaScript has. */
const LONGEST_RECORD = 2 ** 28;

/** Records of a file, from its lines without line feeds; empty lines are skipped. */
export function* csvRecords(lines: Iterable<string>): Generator<CsvRecord, void> {
  let begun: string[] = [];
  let isQuoted = false;
  let line = 1;
  let length = 0;
  for (const text of lines) {
    begun.push(text);
    length += text.length + 1;
    if (length > LONGEST_RECORD) break;
    if (hasOddQuotes(text)) isQuoted = !isQuoted;
    if (isQuoted) continue;
    yield* parseRecord(begun.join('\n'), line);
    line += begun.length;
    begun = [];
    length = 0;
  }
  if (begun.length > 0) yield { line, cells: null };
}

function* parseRecord(text: string, line: number): Generator<CsvRecord, void> {
  const record = (line === 1 ? text.replace(/^\uFEFF/, '') : text).replace(/\r$/, '');
  if (record !== '') yield { line, cells: parseCells(record) };
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf(QUOTE); at >= 0; at = text.indexOf(QUOTE, at + 1)) isOdd = !isOdd;
  return isOdd;
}

function parseCells(record: string): readonly CsvCell[] | null {
  const cells: CsvCell[] = [];
  for (let at = 0; ;) {
    const isQuoted = record[at] === QUOTE;
    const end = isQuoted ? endOfQuoted(record, at) : endOfPlain(record, at);
    if (isQuoted) cells.push(record.slice(at + 1, end - 1).replaceAll('""', QUOTE));
    else cells.push(end === at ? null : record.slice(at, end));
    if (end === record.length) return cells;
    if (record[end] !== ',') return null;
    at = end + 1;
  }
}

function endOfPlain(record: string, at: number): number {
  const comma = record.indexOf(',', at);
  return comma < 0 ? record.length : comma;
}

/** Position behind the quote that closes the one at `at`, or of nothing; all quotes between them are doubled. */
function endOfQuoted(record: string, at: number): number {
  let quote = record.indexOf(QUOTE, at + 1);
  while (quote >= 0 && record[quote + 1] === QUOTE) quote = record.indexOf(QUOTE, quote + 2);
  return quote < 0 ? Number.NaN : quote + 1;
}
