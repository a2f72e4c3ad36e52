/**
 * Fields of a query, a fragment or a form: `?a=1&token=x#b=2`, found in one pass for any text.
 *
 * Names and values are compared as a server reads them: with escapes decoded, repeatedly if they were escaped
 * repeatedly.
 * Source: WHATWG URL, "application/x-www-form-urlencoded".
 */

/** One field that has a value; positions in the text. */
export interface Field {
  readonly name: string;
  /** Value as written. */
  readonly value: string;
  readonly valueStart: number;
  readonly end: number;
}

/** Bytes that end a field, or the part of a URL before the first field. */
const DELIMITER = /[?&#]/g;
const ESCAPE = /%([0-7][0-9a-f])/gi;
/** No server decodes escapes more than twice; deeper escapes stay. */
const MAX_ROUNDS = 9;

/** Fields of `text`, in order. */
export function* readFields(text: string): Generator<Field, void> {
  let start = 0;
  let equals = text.indexOf('=');
  while (equals !== -1) {
    DELIMITER.lastIndex = start;
    const end = DELIMITER.exec(text)?.index ?? text.length;
    if (equals < end) {
      const name = withoutEscapes(text.slice(start, equals).replaceAll('+', ' '));
      const value = text.slice(equals + 1, end);
      if (value !== '')
        yield { name: name.replace(/\[\w*\]$/, '').trim(), value, valueStart: equals + 1, end };
    }
    if (end === text.length) return;
    start = end + 1;
    if (equals < start) equals = text.indexOf('=', start);
  }
}

/** `text` with other values in its fields; `replace` returns null to keep a value. */
export function mapFields(text: string, replace: (field: Field) => string | null): string {
  let result = '';
  let at = 0;
  for (const field of readFields(text)) {
    const value = replace(field);
    if (value === null) continue;
    result += text.slice(at, field.valueStart) + value;
    at = field.end;
  }
  return at === 0 ? text : result + text.slice(at);
}

/** `text` without escapes of ASCII, however often it was escaped. */
export function withoutEscapes(text: string): string {
  let plain = text;
  for (let round = 0; round < MAX_ROUNDS && plain.includes('%'); round += 1) {
    const next = plain.replace(ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    if (next === plain) break;
    plain = next;
  }
  return plain;
}

/** Decoded value of a form; unchanged if its escapes are invalid. */
export function decodeField(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
