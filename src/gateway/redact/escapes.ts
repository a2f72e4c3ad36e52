/**
 * Secrets that JSON escapes hide from a search over bytes: `\u0041` for a letter, `\/` for a slash, and strings that
 * hold JSON themselves, with the escapes of their own.
 *
 * Only strings with such an escape are decoded and searched. A secret in the string itself is replaced there; one
 * that only shows after decoding the string's own escapes again costs the whole string.
 */
import { byteAt, QUOTE, skipString } from '../../wire/json/grammar.js';
import type { Splice } from './walk.js';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const SLASH = 0x2f;
/** Levels of JSON within JSON that are looked into. */
const MAX_LEVELS = 4;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/]))/g;

/** What is done about the secrets in strings. */
export interface Unmasking {
  /** `text` without the secrets in it; the same text when there are none. */
  readonly without: (text: string) => string;
  /** What stands instead of a whole string. */
  readonly placeholder: (secret: string) => string;
}

/** Adds the splices for strings of the valid JSON text `text` that hide secrets behind escapes. */
export function escapedSplices(text: Buffer, unmasking: Unmasking, splices: Splice[]): void {
  for (let at = text.indexOf(BACKSLASH); at >= 0;) {
    // Backslashes occur in strings only, so the quote before the first one of a string opens it.
    const start = text.lastIndexOf(QUOTE, at);
    const end = skipString(text, start);
    if (start < 0 || end < 0) return;
    if (canHide(text, at, end)) {
      const found = unmasked(JSON.parse(text.toString('utf8', start, end)) as string, unmasking);
      if (found !== null) splices.push({ start, end, text: JSON.stringify(found) });
    }
    at = text.indexOf(BACKSLASH, end);
  }
}

/** Whether the escapes between `at` and `end` can stand for parts of a secret; line breaks and quotes cannot. */
function canHide(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    if (byteAt(bytes, i) !== BACKSLASH) continue;
    i += 1;
    const escape = byteAt(bytes, i);
    if (escape === LOWER_U || escape === SLASH || escape === BACKSLASH) return true;
  }
  return false;
}

/** `text` without the secrets it holds, or null when it holds none. */
function unmasked(text: string, { without, placeholder }: Unmasking): string | null {
  const replaced = without(text);
  if (replaced !== text) return replaced;
  let inner = text;
  for (let level = 1; level < MAX_LEVELS && inner.includes('\\'); level += 1) {
    inner = inner.replace(ESCAPE, (_, code: string | undefined, letter: string | undefined) =>
      code === undefined ? (letter ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (without(inner) !== inner) return placeholder(text);
  }
  return null;
}
