/**
 * JSON text that breaks off, completed so that the rules for JSON hold for it: what is open is closed.
 *
 * Nothing is made up: a key without its value is left out, and so is the word at the end of a string that was cut, which
 * may be half a token.
 * Source: RFC 8259.
 */
import {
  BACKSLASH,
  byteAt,
  matchingCloser,
  COLON,
  COMMA,
  MAX_JSON_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipScalar,
  skipSpace,
  skipString,
} from '../../wire/json/grammar.js';

/** A text and what was added to its end. */
export interface CompletedJson {
  readonly text: Buffer;
  /** Bytes at the end that close what was open. */
  readonly closers: Buffer;
}

/** Completes the JSON text that `bytes` begins, or gives null where they are no beginning of one. */
export function completeJson(bytes: Uint8Array): CompletedJson | null {
  const open: number[] = [];
  let kept = 0; // end of what is whole
  for (let i = skipSpace(bytes, 0); i < bytes.length; i = skipSpace(bytes, i)) {
    const isMember = open.at(-1) === OPEN_BRACE && byteAt(bytes, i) === QUOTE;
    const at = isMember ? findMemberValue(bytes, i) : i;
    if (at < 0) break;
    const end = findTokenEnd(bytes, at, open);
    if (end < 0) return completeString(bytes, at, kept, open);
    if (open.length > MAX_JSON_DEPTH) return null;
    if (byteAt(bytes, at) !== COMMA) kept = end;
    i = end;
  }
  return kept === 0 ? null : closed(bytes.subarray(0, kept), '', open);
}

/** End of the bracket, comma or scalar at `at`, or negative; `open` is kept up to date. */
function findTokenEnd(bytes: Uint8Array, at: number, open: number[]): number {
  const byte = byteAt(bytes, at);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
    open.push(byte);
    return at + 1;
  }
  if (byte === COMMA) return at + 1;
  const container = open.at(-1);
  if (container === undefined || byte !== matchingCloser(container)) return skipScalar(bytes, at);
  open.pop();
  return at + 1;
}

/** Start of the value of the member whose key is at `at`, or negative where it is not there. */
function findMemberValue(bytes: Uint8Array, at: number): number {
  const end = skipString(bytes, at);
  if (end < 0) return end;
  const colon = skipSpace(bytes, end);
  if (byteAt(bytes, colon) !== COLON) return -1;
  const value = skipSpace(bytes, colon + 1);
  return value < bytes.length ? value : -1;
}

/** Completes a string that breaks off, if the value at `at` is one; `kept` is the end of what is whole before it. */
function completeString(
  bytes: Uint8Array,
  at: number,
  kept: number,
  open: readonly number[],
): CompletedJson | null {
  if (byteAt(bytes, at) !== QUOTE) return kept === 0 ? null : closed(bytes.subarray(0, kept), '', open);
  let end = Math.max(at + 1, wordStart(bytes, at + 1));
  // An escape that was cut goes, too: an odd number of backslashes before the end begins one.
  let backslashes = 0;
  while (byteAt(bytes, end - 1 - backslashes) === BACKSLASH) backslashes += 1;
  end -= backslashes % 2;
  return closed(bytes.subarray(0, end), '"', open);
}

function closed(bytes: Uint8Array, quote: string, open: readonly number[]): CompletedJson {
  const brackets = open.map((opener) => String.fromCharCode(matchingCloser(opener))).reverse();
  const closers = Buffer.from(quote + brackets.join(''));
  return { text: Buffer.concat([bytes, closers]), closers };
}

// Text that breaks off: its last word may be half a secret, which nothing would know again.

/** Longest word that is looked for. */
const MAX_WORD_BYTES = 4096;
/** Bytes of tokens, of base64 and of their escapes; those of other scripts are in words as well. */
const WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[\w.~+/=%$\\-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

const PLACEHOLDER = /redacted:[0-9a-f]{8,64}$/;
const MAX_PLACEHOLDER_BYTES = 80;

/**
 * Where the word begins that `bytes` end with, not before `from`; their length where they end with none, or with a
 * placeholder.
 */
export function wordStart(bytes: Uint8Array, from: number): number {
  const first = Math.max(from, bytes.length - MAX_WORD_BYTES);
  let start = bytes.length;
  const end = Buffer.from(bytes.subarray(Math.max(from, start - MAX_PLACEHOLDER_BYTES))).toString('latin1');
  if (PLACEHOLDER.test(end)) return start;
  while (start > first && WORD[bytes[start - 1] ?? 0] === 1) start -= 1;
  return start;
}
