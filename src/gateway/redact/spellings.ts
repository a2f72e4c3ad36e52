/**
 * Finds known values in another spelling than the learned one: with escapes of JSON or of a URL, with line ends in
 * them, in UTF-16, as a list of small integers of ETF.
 *
 * A text is decoded level by level, with the original position of each byte; a match at any level is masked at its
 * original position. Each level takes one pass, and there are few levels.
 * Source: RFC 8259 section 7; RFC 3986 section 2.1; erlang.org, External Term Format, SMALL_INTEGER_EXT.
 */
import type { SecretValues } from './secret-values.js';
import type { Occurrence } from './value-index.js';

/** Levels of nested escapes that are decoded. */
const MAX_LEVELS = 4;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const SPACE = 0x20;
const DELETE = 0x7f;
const LOWER_U = 0x75;
const SMALL_INTEGER = 0x61;
/** Bytes that make a further search necessary. */
// eslint-disable-next-line no-control-regex
const SPELLED = /[\\%\u0000-\u001f\u007f]/;
/** Bytes that are written as a backslash and a letter, and that occur in no value. */
const LINE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('nrtbf'));

/** Decoded bytes with their start and end in the original bytes. */
interface Spelled {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** What is written at a place, and the length of that. */
interface SpelledSymbol {
  /** A byte, 0 if it is left out; or, below zero, the code of a letter beyond ASCII. */
  readonly symbol: number;
  readonly length: number;
}

/** Occurrences of known values in `bytes`, in any spelling; they may overlap. */
export function findSpelled(values: SecretValues, bytes: Uint8Array): Occurrence[] {
  const found = [...values.findIn(bytes)];
  let spelled: Spelled = { bytes, starts: countUp(bytes.length, 0), ends: countUp(bytes.length, 1) };
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const plain = withoutEscapes(spelled);
    if (plain === null) break;
    spelled = plain;
    addFound(values, spelled, found);
  }
  return found;
}

/** Occurrences of known values in lists of small integers of ETF: a tag before each byte. */
export function findTagged(values: SecretValues, bytes: Uint8Array): Occurrence[] {
  const found: Occurrence[] = [];
  for (const first of [0, 1]) {
    const spelled = newSpelled(bytes.length);
    let size = 0;
    for (let i = first; i + 1 < bytes.length; i += 2) {
      // Bytes outside of a list are replaced with bytes that occur in no value.
      spelled.bytes[size] = bytes[i] === SMALL_INTEGER ? (bytes[i + 1] ?? 0) : 0;
      spelled.starts[size] = i;
      spelled.ends[size++] = i + 2;
    }
    addFound(values, cutTo(spelled, size), found);
  }
  return found;
}

/** `text` with known values replaced, in any spelling. */
export function replaceSpelled(
  text: string,
  values: SecretValues,
  placeholder: (value: string) => string,
): string {
  if (!SPELLED.test(text)) return values.replaceIn(text, placeholder);
  const bytes = Buffer.from(text);
  const found = findSpelled(values, bytes).sort((a, b) => a.start - b.start || b.end - a.end);
  let result = '';
  let at = 0;
  for (const { start, end, value } of found) {
    if (start >= at) result += bytes.toString('utf8', at, start) + placeholder(value);
    at = Math.max(at, end);
  }
  return at === 0 ? text : result + bytes.toString('utf8', at);
}

function addFound(values: SecretValues, { bytes, starts, ends }: Spelled, found: Occurrence[]): void {
  for (const { start, end, value } of values.findIn(bytes)) {
    found.push({ start: starts[start] ?? 0, end: ends[end - 1] ?? 0, value });
  }
}

/** The text with one level of escapes undone and control characters left out, or null if there are no escapes. */
function withoutEscapes({ bytes, starts, ends }: Spelled): Spelled | null {
  const plain = newSpelled(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length;) {
    const { symbol, length } = symbolAt(bytes, i);
    const start = starts[i] ?? 0;
    const end = ends[i + length - 1] ?? 0;
    if (symbol < 0) {
      const letter = Buffer.from(String.fromCodePoint(-symbol));
      plain.bytes.set(letter, size);
      plain.starts.fill(start, size, size + letter.length);
      plain.ends.fill(end, size, size + letter.length);
      size += letter.length;
    } else if (symbol >= SPACE && symbol !== DELETE) {
      plain.bytes[size] = symbol;
      plain.starts[size] = start;
      plain.ends[size++] = end;
    }
    i += length;
  }
  return size === bytes.length ? null : cutTo(plain, size);
}

function symbolAt(bytes: Uint8Array, at: number): SpelledSymbol {
  const byte = bytes[at] ?? 0;
  if (byte === PERCENT) {
    const code = hexAt(bytes, at + 1, 2);
    return code < 0 ? { symbol: byte, length: 1 } : { symbol: code, length: 3 };
  }
  return byte === BACKSLASH ? escapeAt(bytes, at) : { symbol: byte, length: 1 };
}

/** The same for the backslash at `at`; one that starts no escape is a literal backslash. */
function escapeAt(bytes: Uint8Array, at: number): SpelledSymbol {
  const next = bytes[at + 1] ?? 0;
  if (next === LOWER_U) return letterAt(bytes, at);
  if (LINE_ESCAPES.has(next)) return { symbol: 0, length: 2 };
  const isEscape = next === BACKSLASH || next === 0x2f || next === 0x22;
  return isEscape ? { symbol: next, length: 2 } : { symbol: BACKSLASH, length: 1 };
}

/** The same for `\u` and four digits, or two of these for a letter beyond the first 65,536. */
function letterAt(bytes: Uint8Array, at: number): SpelledSymbol {
  const code = hexAt(bytes, at + 2, 4);
  if (code < 0) return { symbol: BACKSLASH, length: 1 };
  if (code < 0x80) return { symbol: code, length: 6 };
  const isPair = bytes[at + 6] === BACKSLASH && bytes[at + 7] === LOWER_U;
  const pair = isPair ? String.fromCharCode(code, hexAt(bytes, at + 8, 4)).codePointAt(0) : code;
  return pair === undefined || pair === code ? { symbol: -code, length: 6 } : { symbol: -pair, length: 12 };
}

/** Number in so many hexadecimal digits at `at`, or -1. */
function hexAt(bytes: Uint8Array, at: number, digits: number): number {
  let code = 0;
  for (let i = at; i < at + digits; i += 1) {
    const byte = bytes[i] ?? 0;
    const letter = byte | SPACE;
    if (byte >= 0x30 && byte <= 0x39) code = code * 16 + byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) code = code * 16 + letter - 0x57;
    else return -1;
  }
  return code;
}

function newSpelled(size: number): Spelled {
  return { bytes: new Uint8Array(size), starts: new Uint32Array(size), ends: new Uint32Array(size) };
}

function cutTo({ bytes, starts, ends }: Spelled, size: number): Spelled {
  return { bytes: bytes.subarray(0, size), starts: starts.subarray(0, size), ends: ends.subarray(0, size) };
}

function countUp(size: number, from: number): Uint32Array {
  const numbers = new Uint32Array(size);
  for (let i = 0; i < size; i += 1) numbers[i] = i + from;
  return numbers;
}
