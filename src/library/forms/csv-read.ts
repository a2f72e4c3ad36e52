/**
 * CSV read back: each line as the frame that it was, with the rows that stand beside it, piece by piece, whatever the
 * size of the file.
 *
 * Only what `export --as csv` wrote is read: other tables do not say to which connection and session a frame belonged. A
 * spreadsheet may have saved it again, as long as it left the numbers alone.
 */
import { UsageError } from '../../errors.js';
import { parseJson } from '../../replay/tape/line.js';
import { FRAME_KEYS } from '../../store/frame-rows.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { copiedFrame, copiedRow, readLines, refuseRow, type SourceLocation } from './copied-rows.js';
import type { ImportedRows, ImportSource } from './form.js';

/** Columns of the file, in their order. */
export const CSV_COLUMNS = [...FRAME_KEYS, 'payload', 'sessionId', 'bytes', 'rows'] as const;

/** Heading of one more column, always empty, where texts that a spreadsheet would run stand behind an apostrophe. */
export const SAFE_COLUMN = 'csvSafe';

type CsvColumn = (typeof CSV_COLUMNS)[number];

/** Columns that hold text; numbers stand in the others. */
const TEXTS: readonly CsvColumn[] = [
  'sender',
  'kind',
  'opName',
  'event',
  'status',
  'payload',
  'bytes',
  'rows',
];

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

/** The text that `csvCell` made safe. */
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

/** A number that is not written digit by digit may have lost some: it stays text, which no number is. */
function parseValue(column: CsvColumn, text: CsvCell): string | number | null {
  return text === null || TEXTS.includes(column) || !/^-?\d+$/.test(text) ? text : Number(text);
}

// Records of CSV: lines in, cells out. A record may take several lines, as there may be line ends in its quotes.
//
// Source: RFC 4180. Lines may end as they do there, or with a line feed alone.

/** Text of a cell; null where nothing stood, not even quotes. */
export type CsvCell = string | null;

/** One record, and the number of its first line, from 1. */
export interface CsvRecord {
  readonly line: number;
  /** Null where quotes stand as they must not. */
  readonly cells: readonly CsvCell[] | null;
}

const QUOTE = '"';
/** Characters of a record at most: about half of the longest string that JavaScript has. */
const LONGEST_RECORD = 2 ** 28;

/** Records of a file, given its lines without line feeds; empty lines are none. */
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
