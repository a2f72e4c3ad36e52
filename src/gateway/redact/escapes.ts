/**
 * Finds secrets that a search over the bytes of a JSON text misses: behind escapes of JSON (`\u0041` for a letter, `\/`
 * for a slash, strings that hold JSON themselves), behind escapes of a URL, and with a line end in them.
 *
 * Only strings that can hide a secret this way are decoded and searched. If a secret appears only after several levels
 * of unescaping, the whole string may be replaced.
 */
import { BOUNDS } from '../../wire/bounds.js';
import { BACKSLASH, byteAt, QUOTE, skipString } from '../../wire/json/grammar.js';
import { isTokenByte } from './token-patterns.js';
import type { Splice } from '../../wire/splices.js';

const PERCENT = 0x25;
const LOWER_N = 0x6e;
const LOWER_R = 0x72;
const LOWER_U = 0x75;
const SLASH = 0x2f;
const DOT = 0x2e;
/** Levels of JSON within JSON that are searched. */
const MAX_LEVELS = 4;
const ESCAPE = /\\(u[0-9a-fA-F]{4}|["\\/])/g;
/** Letters on both sides of a line end, together, that may be a token: it is longer, so one of its lines is. */
const MIN_LETTERS = 16;

/** Callbacks for the secrets in strings. */
export interface Unmasking {
  /** `text` without the secrets in it; the same text if it has no secrets. */
  readonly without: (text: string) => string;
  /** Replacement of a whole string. */
  readonly placeholder: (secret: string) => string;
  /** Whether a known secret contains a quote. */
  readonly isQuoteHiding: () => boolean;
}

/** Adds the splices for strings of the valid JSON text `text` that hide secrets. */
export function escapedSplices(text: Buffer, unmasking: Unmasking, splices: Splice[]): void {
  let at = text.indexOf(BACKSLASH);
  const isQuoteHiding = at >= 0 && unmasking.isQuoteHiding();
  while (at >= 0) {
    let end = endOfPlain(text, at, isQuoteHiding);
    if (byteAt(text, end) === BACKSLASH) {
      // Backslashes occur in strings only, so the quote before the first one of a string opens it.
      const start = text.lastIndexOf(QUOTE, at);
      end = skipString(text, start);
      spliceString(text, start, end, unmasking, splices);
    }
    at = text.indexOf(BACKSLASH, end);
  }
}

/** Adds the splices for strings of the valid JSON text `text` that hide secrets behind escapes of a URL. */
export function percentSplices(text: Buffer, unmasking: Unmasking, splices: Splice[]): void {
  let percent = text.indexOf(PERCENT);
  for (let start = text.indexOf(QUOTE); start >= 0 && percent >= 0;) {
    const end = skipString(text, start);
    if (percent < end) spliceString(text, start, end, unmasking, splices);
    if (percent < end) percent = text.indexOf(PERCENT, end);
    start = text.indexOf(QUOTE, end);
  }
}

function spliceString(
  text: Buffer,
  start: number,
  end: number,
  unmasking: Unmasking,
  splices: Splice[],
): void {
  const value = JSON.parse(text.toString('utf8', start, end)) as string;
  const isLong = end - start > BOUNDS.searchedString;
  const found = isLong ? unmasking.placeholder(value) : unmasked(value, unmasking);
  if (found !== null) splices.push({ start, end, text: JSON.stringify(found) });
}

/**
 * End of the string around `at`, or its first escape from there on that can be part of a secret; most line breaks and
 * quotes cannot.
 */
function endOfPlain(bytes: Uint8Array, at: number, isQuoteHiding: boolean): number {
  let i = at;
  for (let byte = byteAt(bytes, i); i < bytes.length && byte !== QUOTE; byte = byteAt(bytes, i)) {
    if (byte === BACKSLASH) {
      if (canHide(bytes, i) || (isQuoteHiding && byteAt(bytes, i + 1) === QUOTE)) return i;
      i += 1;
    }
    i += 1;
  }
  return i;
}

/** Whether the escape at `at` can be a part of a secret, or a line end within one. */
function canHide(bytes: Uint8Array, at: number): boolean {
  const escape = byteAt(bytes, at + 1);
  if (escape === LOWER_U || escape === SLASH || escape === BACKSLASH) return true;
  return isLineEnd(escape) && isWithinToken(bytes, at);
}

/** Whether the line end that is written in two bytes at `at` can be one within a token. */
function isWithinToken(bytes: Uint8Array, at: number): boolean {
  let before = 0;
  while (before < MIN_LETTERS && isLetter(byteAt(bytes, at - 1 - before))) before += 1;
  if (before === 0) return false;
  let next = at + 2;
  // A carriage return and a line feed are two; more of them are not a break within a token.
  if (byteAt(bytes, next) === BACKSLASH && isLineEnd(byteAt(bytes, next + 1))) next += 2;
  if (!isLetter(byteAt(bytes, next))) return false;
  let after = 1;
  while (before + after < MIN_LETTERS && isLetter(byteAt(bytes, next + after))) after += 1;
  return before + after >= MIN_LETTERS;
}

function isLetter(byte: number): boolean {
  return isTokenByte(byte) || byte === DOT;
}

function isLineEnd(letter: number): boolean {
  return letter === LOWER_N || letter === LOWER_R;
}

/** `text` without its secrets, or null if it has no secrets. */
function unmasked(text: string, { without, placeholder }: Unmasking): string | null {
  const replaced = without(text);
  if (replaced !== text) return replaced;
  let inner = text;
  for (let level = 1; level < MAX_LEVELS && inner.includes('\\'); level += 1) {
    inner = inner.replace(ESCAPE, (_, escape: string) =>
      escape.length === 1 ? escape : String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
    );
    if (without(inner) !== inner) return placeholder(text);
  }
  return null;
}
