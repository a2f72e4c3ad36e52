/**
 * Completes truncated JSON text, so that the rules for JSON apply to it: open strings and containers are closed.
 *
 * Adds no content: a key without its value is removed, and so is the last word of a cut string, which may be half a
 * token.
 * Source: RFC 8259.
 */
import { PLACEHOLDER } from './placeholder.js';
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

/** A text with its added end. */
export interface CompletedJson {
  readonly text: Buffer;
  /** Added bytes at the end. */
  readonly closers: Buffer;
}

/** Completes the JSON text that `bytes` begins, or returns null if they do not start one. */
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

/** Start of the value of the member whose key is at `at`, or negative if key or colon are not whole. */
function findMemberValue(bytes: Uint8Array, at: number): number {
  const end = skipString(bytes, at);
  if (end < 0) return end;
  const colon = skipSpace(bytes, end);
  if (byteAt(bytes, colon) !== COLON) return -1;
  return skipSpace(bytes, colon + 1);
}

/** Completes the value at `at` if it is a truncated string; `kept` is the end of the complete text before it. */
function completeString(
  bytes: Uint8Array,
  at: number,
  kept: number,
  open: readonly number[],
): CompletedJson | null {
  if (byteAt(bytes, at) !== QUOTE) return kept === 0 ? null : closed(bytes.subarray(0, kept), '', open);
  let end = wordStart(bytes, at + 1);
  // A cut escape is removed too: an odd number of backslashes before the end starts one.
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

/** Longest word that is looked for. */
const MAX_WORD_BYTES = 4096;
/** Bytes of tokens, of base64 and of their escapes; bytes of other scripts count as word bytes too. */
const WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[\w.~+/=%$\\-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

const PLACEHOLDER_AT_END = new RegExp(`${PLACEHOLDER}$`);
const MAX_PLACEHOLDER_BYTES = 80;

/**
 * Start of the word at the end of truncated text, at least `from`: it may be half a secret, which no search
 * recognises. The length of `bytes` if they end without a word, or with a placeholder.
 */
export function wordStart(bytes: Uint8Array, from: number): number {
  const first = Math.max(from, bytes.length - MAX_WORD_BYTES);
  let start = bytes.length;
  if (endsMasked(bytes.subarray(from))) return start;
  while (start > first && WORD[bytes[start - 1] ?? 0] === 1) start -= 1;
  return start;
}

/** Whether bytes end in a placeholder. */
export function endsMasked(bytes: Uint8Array): boolean {
  return PLACEHOLDER_AT_END.test(Buffer.from(bytes.subarray(-MAX_PLACEHOLDER_BYTES)).toString('latin1'));
}
