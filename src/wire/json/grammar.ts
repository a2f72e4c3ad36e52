/**
 * JSON grammar over bytes: finds the end of a value and validates it, without building the value.
 *
 * Hand-written because JSON.parse loses digits of large integers, and builds what nearly every payload is only checked
 * for; check, envelope and search for keys take 1.7 to 2.0 µs a frame of 720 bytes (test/bench/RESULTS.md).
 *
 * Accepts exactly what JSON.parse accepts of the same text, except that nesting is bounded; allocates nothing.
 * Bytes above 0x7F are accepted within strings: node:buffer's `isUtf8` checks whether they are UTF-8. Positions are
 * indices into the bytes; functions that find an end return it exclusive, or a negative fault.
 * Source: RFC 8259 sections 2 to 7.
 */
import { BOUNDS } from '../bounds.js';
import type { JsonKeys } from './keys.js';

/** Deepest nesting of arrays and objects that is read. */
export const MAX_JSON_DEPTH = BOUNDS.jsonDepth;
/** Fault: not JSON. */
export const NOT_JSON = -1;
/** Fault: nested deeper than `MAX_JSON_DEPTH`. */
export const TOO_DEEP = -2;

/** Bytes with a meaning in JSON. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;

/**
 * Private copies for the loops below: V8 inlines a module's private constants, but looks up exported ones each time.
 */
const quote = QUOTE;
const comma = COMMA;
const colon = COLON;
const openBracket = OPEN_BRACKET;
const backslash = BACKSLASH;
const openBrace = OPEN_BRACE;
const notJson = NOT_JSON;
const maxDepth = MAX_JSON_DEPTH;

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const LOWER_U = 0x75;

/** Set of bytes as a table: 1 for the members. */
function byteSet(hasByte: (letter: string, byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (hasByte(String.fromCharCode(byte), byte) ? 1 : 0));
}

const SPACES = byteSet((letter) => ' \t\n\r'.includes(letter));
/** Bytes that need no escape in a string. */
const PLAIN = byteSet((letter, byte) => byte >= SPACE && letter !== '"' && letter !== '\\');
/** Bytes that may follow a backslash, except `u`. */
const ESCAPED = byteSet((letter) => '"\\/bfnrt'.includes(letter));
const DIGITS = byteSet((letter) => /[0-9]/.test(letter));
const HEX = byteSet((letter) => /[0-9a-fA-F]/.test(letter));

/** Opening bracket of the container at each depth; shared, because this code is synchronous and does not re-enter. */
const containers = new Uint8Array(MAX_JSON_DEPTH);
/** Position of the first escape of the newest string with escapes, in the text that was scanned last. */
let newestEscapeAt = -1;

/** Byte at `at`; past the end 0, which is not valid JSON. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Closing bracket for `opener`: in ASCII the two are two code points apart. */
export function matchingCloser(opener: number): number {
  return opener + 2;
}

/** Whether a byte needs no escape in a string. */
export function isPlain(byte: number): boolean {
  return PLAIN[byte] === 1;
}

/** Index of the first byte from `at` on that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  while (SPACES[bytes[i] ?? 0] === 1) i++;
  return i;
}

/** End of the value that starts at `at`; the keys of its objects are passed to `keys`. */
// eslint-disable-next-line complexity -- one loop, since a call for each value costs as much as the value
export function skipValue(bytes: Uint8Array, at: number, keys: JsonKeys | null): number {
  newestEscapeAt = -1;
  let i = at;
  let depth = 0;
  let container = 0;
  for (;;) {
    if (container === openBrace) {
      if (byteAt(bytes, i) !== quote) return notJson;
      i = skipKey(bytes, i, skipString(bytes, i), keys);
      if (i < 0) return i;
    }
    const byte = byteAt(bytes, i);
    if (byte === openBrace || byte === openBracket) {
      if (depth === maxDepth) return TOO_DEEP;
      container = byte;
      containers[depth++] = byte;
      i = skipSpace(bytes, i + 1);
      if (byteAt(bytes, i) !== matchingCloser(byte)) continue;
    } else {
      i = byte === quote ? skipString(bytes, i) : skipWord(bytes, i, byte);
      if (i < 0 || depth === 0) return i;
      i = skipSpace(bytes, i);
    }
    while (byteAt(bytes, i) === matchingCloser(container)) {
      if (--depth === 0) return i + 1;
      container = containers[depth - 1] ?? 0;
      i = skipSpace(bytes, i + 1);
    }
    if (byteAt(bytes, i) !== comma) return notJson;
    i = skipSpace(bytes, i + 1);
  }
}

/**
 * Whether valid JSON in `bytes`, in one text or several, has more values than one message may have. Counts the bytes
 * that precede a value, and only in texts that are long enough, so that the scan itself need not count.
 */
export function hasTooManyValues(bytes: Uint8Array): boolean {
  const most = BOUNDS.messageValues;
  if (bytes.length < most * 2) return false;
  let count = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === quote) i = endOfString(bytes, i);
    else if (byte === comma || byte === openBrace || byte === openBracket) count++;
  }
  return count > most;
}

/** Index of the quote that closes the string at `at`, or of the end. */
function endOfString(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  while (i < bytes.length && bytes[i] !== quote) i += bytes[i] === backslash ? 2 : 1;
  return i;
}

/** Start of a member's value, from the end of its key, which starts at `start`. */
export function skipKey(bytes: Uint8Array, start: number, end: number, keys: JsonKeys | null): number {
  if (end < 0) return end;
  if (keys !== null) {
    if (newestEscapeAt > start && newestEscapeAt < end) keys.seeEscaped();
    else keys.see(bytes, start, end);
  }
  const colonAt = skipSpace(bytes, end);
  return byteAt(bytes, colonAt) === colon ? skipSpace(bytes, colonAt + 1) : notJson;
}

/** End of the string, number or literal that starts at `at`. */
export function skipScalar(bytes: Uint8Array, at: number): number {
  const byte = byteAt(bytes, at);
  return byte === quote ? skipString(bytes, at) : skipWord(bytes, at, byte);
}

/** End of the string whose opening quote is at `at`. */
export function skipString(bytes: Uint8Array, at: number): number {
  const plainEnd = skipPlain(bytes, at + 1);
  return byteAt(bytes, plainEnd) === quote ? plainEnd + 1 : skipEscapes(bytes, plainEnd);
}

/** End of a string, from its first escape at `at`. */
function skipEscapes(bytes: Uint8Array, at: number): number {
  newestEscapeAt = at;
  let i = at;
  for (;;) {
    const byte = byteAt(bytes, i);
    if (byte === quote) return i + 1;
    if (byte !== backslash) return notJson;
    if (ESCAPED[byteAt(bytes, i + 1)] === 1) i += 2;
    else if (isUnicodeEscape(bytes, i)) i += 6;
    else return notJson;
    i = skipPlain(bytes, i);
  }
}

/** Index of the first byte from `at` on that needs an escape or ends the string. */
export function skipPlain(bytes: Uint8Array, at: number): number {
  let i = at;
  while (PLAIN[bytes[i] ?? 0] === 1) i++;
  return i;
}

function isUnicodeEscape(bytes: Uint8Array, at: number): boolean {
  if (byteAt(bytes, at + 1) !== LOWER_U) return false;
  for (let i = at + 2; i < at + 6; i++) if (HEX[byteAt(bytes, i)] === 0) return false;
  return true;
}

/** End of the number or literal that starts at `at`, with the byte `first`. */
function skipWord(bytes: Uint8Array, at: number, first: number): number {
  if (DIGITS[first] === 1 || first === MINUS) return skipNumber(bytes, at);
  const rest = (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3);
  if (first === 0x6e ? rest === 0x756c6c : first === 0x74 && rest === 0x727565) return at + 4; // null, true
  return first === 0x66 && rest === 0x616c73 && byteAt(bytes, at + 4) === LOWER_E ? at + 5 : notJson; // false
}

function skipNumber(bytes: Uint8Array, at: number): number {
  let i = at;
  while (DIGITS[bytes[i] ?? 0] === 1) i++;
  const next = byteAt(bytes, i);
  const isPlain = i > at && next !== DOT && (next | SPACE) !== LOWER_E;
  return isPlain && (i === at + 1 || byteAt(bytes, at) !== ZERO) ? i : skipAnyNumber(bytes, at);
}

function skipAnyNumber(bytes: Uint8Array, at: number): number {
  const first = byteAt(bytes, at) === MINUS ? at + 1 : at;
  let i = byteAt(bytes, first) === ZERO ? first + 1 : skipDigits(bytes, first);
  if (i > 0 && byteAt(bytes, i) === DOT) i = skipDigits(bytes, i + 1);
  if (i < 0 || (byteAt(bytes, i) | SPACE) !== LOWER_E) return i;
  const sign = byteAt(bytes, i + 1);
  return skipDigits(bytes, sign === PLUS || sign === MINUS ? i + 2 : i + 1);
}

/** End of the digits from `at` on, at least one. */
function skipDigits(bytes: Uint8Array, at: number): number {
  let i = at;
  while (DIGITS[bytes[i] ?? 0] === 1) i++;
  return i > at ? i : notJson;
}

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Whether a JSON text is nested deeper than `MAX_JSON_DEPTH`. Such a text from a file overflows the stack of code that
 * walks its value or writes it again.
 */
export function isTooDeep(text: string): boolean {
  // A shorter text cannot hold that many brackets.
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = findStringEnd(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}

/** Position of the quote that closes the string at `start`, or the end of the text. */
function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

const LINE_BREAKS = /[\r\n]+/g;

/**
 * `json` with a space for each line break between its tokens, for formats with one value per line; nothing else
 * changes. Within strings a line break is not allowed (RFC 8259 section 7).
 */
export function joinLines(json: string): string {
  // Nearly every text is on one line already; `includes` is fifteen times as fast as the pattern there.
  return json.includes('\n') || json.includes('\r') ? json.replace(LINE_BREAKS, ' ') : json;
}

/**
 * Concatenated JSON texts in `bytes`, such as payloads that shared a compressed message: as views, without the white
 * space around them. From the first invalid text on, or after `maxCount` - 1 texts, the rest is one last text; white
 * space alone gives an empty list. No client reads such messages, and the gateway is not known to send them; the
 * recorder must still not lose one.
 */
export function splitJson(bytes: Uint8Array, maxCount: number): Uint8Array[] {
  const texts: Uint8Array[] = [];
  let start = skipSpace(bytes, 0);
  while (start < bytes.length) {
    const end = texts.length < maxCount - 1 ? skipValue(bytes, start, null) : -1;
    texts.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end < 0) break;
    start = skipSpace(bytes, end);
  }
  return texts;
}
