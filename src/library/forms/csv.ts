/**
 * CSV as a form of export and import: one frame a line, for spreadsheets, data frames, and re-import.
 *
 * The columns are those of `gatetape frames`, the payload as JSON text, the session, the kept bytes in base64,
 * and `rows`: a JSON list of the rows that the frame is the first to need, its connection and session, as in JSON
 * lines. Lines without an id follow the frames, and hold only a row of another table in `rows`. If texts have got
 * apostrophes for a spreadsheet, an empty last column marks that, so that import removes them.
 */
import { csvCell } from './csv-cells.js';
import { FRAME_KEYS } from '../../capture/columns.js';
import { CSV_COLUMNS, readCsv, SAFE_COLUMN } from './csv-read.js';
import type { ExportSource, Form } from './form.js';
import { ExportRows, type ExportRow } from './export-rows.js';

/** Cells of a line without a frame, up to its rows. */
const NO_FRAME = new Array<null>(CSV_COLUMNS.length - 1).fill(null);

/** A line of CSV (RFC 4180) for each frame, then one for each row that belongs to no frame. */
export const CSV_FORM: Form = {
  write,
  read: readCsv,
  isLike: (head) => /^\uFEFF?"?id"?,"?connectionId"?,/.test(head),
};

function* write(source: ExportSource): Generator<string, void> {
  const exportRows = new ExportRows(source);
  const { isSafe = false } = source;
  const formatLine = (values: readonly Cell[]): string =>
    [...values.map((value) => escapeCell(value, isSafe)), ...(isSafe ? [''] : [])].join(',');
  yield [...CSV_COLUMNS, ...(isSafe ? [SAFE_COLUMN] : [])].join(',');
  for (const frame of exportRows.frames()) {
    const { sessionId, payloadText, bytes } = frame;
    yield formatLine([
      ...FRAME_KEYS.map((key) => frame[key]),
      payloadText,
      sessionId,
      bytes === null ? null : Buffer.from(bytes).toString('base64'),
      rowsCell([...exportRows.before(frame)]),
    ]);
  }
  for (const row of exportRows.after()) yield formatLine([...NO_FRAME, rowsCell([row])]);
}

function rowsCell(rows: readonly ExportRow[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}

type Cell = string | number | null;

/** Here an empty text differs from null. */
function escapeCell(value: Cell, isSafe: boolean): string {
  return value === '' ? '""' : csvCell(value, isSafe);
}
