/**
 * Splicing of JSON text: finds one string by its path and replaces it. All other bytes stay unchanged.
 *
 * Number formats, key order, escapes and white space survive; parsing and serialising again would lose them. Of
 * duplicate keys the last one counts, as for JSON.parse. Source: RFC 8259 section 4.
 */
import {
  byteAt,
  matchingCloser,
  COMMA,
  OPEN_BRACE,
  QUOTE,
  skipKey,
  skipSpace,
  skipString,
  skipValue,
} from './grammar.js';
import { stringAt } from './scalars.js';

/** A string within a JSON text. */
export interface JsonString {
  /** Index of the opening quote. */
  readonly start: number;
  /** Index behind the closing quote. */
  readonly end: number;
  /** Decoded text of the token. */
  readonly value: string;
}

/**
 * String that the keys of `path` lead to, from the object that opens at or after `at`; null if there is no such string.
 */
export function findString(bytes: Uint8Array, at: number, path: readonly string[]): JsonString | null {
  let start = at;
  let end = bytes.length;
  for (const name of path) {
    const member = findJsonMember(bytes, start, name);
    if (member === null) return null;
    [start, end] = member;
  }
  return byteAt(bytes, start) === QUOTE ? { start, end, value: stringAt(bytes, start, end) } : null;
}

/** `bytes` with the string at `place` replaced by `value`. */
export function replaceString(bytes: Uint8Array, place: JsonString, value: string): Uint8Array {
  return Buffer.concat([
    bytes.subarray(0, place.start),
    Buffer.from(JSON.stringify(value)),
    bytes.subarray(place.end),
  ]);
}

/** Start and end of the value of `name` in the object at `at`; null if that is not an object or has no such key. */
export function findJsonMember(
  bytes: Uint8Array,
  at: number,
  name: string,
): readonly [start: number, end: number] | null {
  let i = skipSpace(bytes, at);
  if (byteAt(bytes, i) !== OPEN_BRACE) return null;
  let found: readonly [number, number] | null = null;
  do {
    const key = skipSpace(bytes, i + 1);
    if (byteAt(bytes, key) !== QUOTE) return null;
    const keyEnd = skipString(bytes, key);
    const start = skipKey(bytes, key, keyEnd, null);
    const end = start < 0 ? start : skipValue(bytes, start, null);
    if (end < 0) return null;
    if (stringAt(bytes, key, keyEnd) === name) found = [start, end];
    i = skipSpace(bytes, end);
  } while (byteAt(bytes, i) === COMMA);
  return byteAt(bytes, i) === matchingCloser(OPEN_BRACE) ? found : null;
}
