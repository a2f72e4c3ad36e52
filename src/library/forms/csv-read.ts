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
import { csvRecords, type CsvCell } from './csv-records.js';
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
