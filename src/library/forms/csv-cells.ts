/**
 * Cells of CSV (RFC 4180): written as a line, and read back from lines.
 *
 * A record can span lines, because quotes can contain line ends. Lines end with CR LF, or with a line feed alone.
 */

// Source: owasp.org/www-community/attacks/CSV_Injection. Existing apostrophes get one too, so that removing one is
// exact.
const RUN_BY_SPREADSHEETS = /^'*[=+\-@\t\r]/;

/**
 * A line of CSV (RFC 4180, without the line end); lists and objects are written as JSON, null as nothing. In safe
 * mode, texts that a spreadsheet would run get an apostrophe in front; numbers stay numbers.
 */
export function csvLine(values: readonly unknown[], isSafe: boolean): string {
  return values.map((value) => csvCell(value, isSafe)).join(',');
}

/** One cell of such a line. */
export function csvCell(value: unknown, isSafe: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return quoted(JSON.stringify(value));
  return quoted(isSafe && RUN_BY_SPREADSHEETS.test(value) ? `'${value}` : value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

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

/** Position after the quote that closes the one at `at`, or NaN; all quotes between them are doubled. */
function endOfQuoted(record: string, at: number): number {
  let quote = record.indexOf(QUOTE, at + 1);
  while (quote >= 0 && record[quote + 1] === QUOTE) quote = record.indexOf(QUOTE, quote + 2);
  return quote < 0 ? Number.NaN : quote + 1;
}
