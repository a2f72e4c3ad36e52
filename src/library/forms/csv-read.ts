/**
 * CSV read back: each line as its frame, with the rows beside it, piece by piece, for files of any size.
 *
 * It reads only files of `export --as csv`: other tables do not name the connection and session of a frame. A
 * spreadsheet can have saved it again, if it did not change the numbers.
 */
import { UsageError } from '../../errors.js';
import { parseJson } from '../../replay/tape/line.js';
import { FRAME_COLUMNS, FRAME_KEYS, isNumeric } from '../../capture/columns.js';
import type { CopiedRow } from '../../store/row-copier.js';
import { csvRecords, type CsvCell } from './csv-cells.js';
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
    if (columns === null) columns = readHeading(cells, file);
    else if (cells.length !== columns.length) refuseRow(place);
    else yield* lineRows(columns.length > CSV_COLUMNS.length ? cells.map(withoutApostrophe) : cells, place);
  }
}

function readHeading(cells: readonly CsvCell[], { name }: ImportSource): readonly string[] {
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
