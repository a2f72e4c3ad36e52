/**
 * Splice: other values for members of a payload's `d`, with every other byte of its JSON text left as it is.
 *
 * Parsing and writing again would change number formats (`0.0` becomes `0`) and integers beyond 2^53.
 * Source: RFC 8259 sections 4 and 7.
 */
import { byteAt, OPEN_BRACE, QUOTE, skipKey, skipSpace, skipString, skipValue } from '../wire/json.js';
import { scanEnvelope } from '../wire/json-envelope.js';
import { stringAt } from '../wire/json-scalars.js';

/** Members of `d` and the JSON texts of their new values. */
export type NewMembers = ReadonlyMap<string, string>;

interface Place {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Text of a payload with new values in `d`; members that are missing are put first. Other texts come back as is. */
export function spliceMembers(text: string, members: NewMembers): string {
  const bytes = Buffer.from(text);
  const envelope = scanEnvelope(bytes);
  if (typeof envelope === 'string' || envelope.dEnd === 0) return text;
  if (byteAt(bytes, envelope.dStart) !== OPEN_BRACE) return text;
  const places = findMembers(bytes, envelope.dStart, members);
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const { start, end, text: value } of places) {
    pieces.push(bytes.subarray(copied, start), Buffer.from(value));
    copied = end;
  }
  pieces.push(bytes.subarray(copied));
  return Buffer.concat(pieces).toString();
}

// Where the new values go, in order; `at` is the opening brace of a valid object.
function findMembers(bytes: Uint8Array, at: number, members: NewMembers): Place[] {
  const found: Place[] = [];
  const missing = new Set(members.keys());
  let i = skipSpace(bytes, at + 1);
  const isEmpty = byteAt(bytes, i) !== QUOTE;
  while (byteAt(bytes, i) === QUOTE) {
    const keyEnd = skipString(bytes, i);
    const key = stringAt(bytes, i, keyEnd);
    const start = skipKey(bytes, i, keyEnd, null);
    const end = skipValue(bytes, start, null);
    const text = members.get(key);
    if (text !== undefined) found.push({ start, end, text });
    missing.delete(key);
    i = skipSpace(bytes, skipSpace(bytes, end) + 1);
  }
  const added = [...missing].map((key) => `${JSON.stringify(key)}:${members.get(key) ?? 'null'}`).join(',');
  if (added === '') return found;
  return [{ start: at + 1, end: at + 1, text: isEmpty ? added : `${added},` }, ...found];
}
