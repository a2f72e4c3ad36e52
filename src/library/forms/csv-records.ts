/**
 * Records of CSV: lines in, cells out. A record may take several lines, as there may be line ends in its quotes.
 *
 * Source: RFC 4180. Lines may end as they do there, or with a line feed alone.
 */

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
