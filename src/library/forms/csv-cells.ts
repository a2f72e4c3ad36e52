/** Lines of CSV as they are written (RFC 4180). */

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
