/**
 * Secret values that JSON escapes hide from a search over bytes: `\u0041` for a letter, `\/` for a slash, and
 * strings that hold JSON themselves, with the escapes of their own.
 *
 * Only strings with such an escape are decoded and searched. A value in the string itself is replaced there; one
 * that only shows after decoding the string's own escapes again costs the whole string.
 */
import { byteAt, QUOTE, skipString } from '../wire/json/grammar.js';
import type { Splice } from './redact-walk.js';
import type { SecretValues } from './secret-values.js';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const SLASH = 0x2f;
/** Levels of JSON within JSON that are looked into. */
const MAX_LEVELS = 4;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/]))/g;

/** Adds the splices for strings of the valid JSON text `bytes` that hide one of `values` behind escapes. */
export function escapedSplices(
  bytes: Uint8Array,
  values: SecretValues,
  placeholder: (secret: string) => string,
  splices: Splice[],
): void {
  const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = text.indexOf(BACKSLASH); at >= 0;) {
    // Backslashes occur in strings only, so the quote before the first one of a string opens it.
    const start = text.lastIndexOf(QUOTE, at);
    const end = skipString(bytes, start);
    if (start < 0 || end < 0) return;
    if (canHide(bytes, at, end)) {
      const found = unmasked(JSON.parse(text.toString('utf8', start, end)) as string, values, placeholder);
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

/** `text` without the values it holds, or null when it holds none. */
function unmasked(
  text: string,
  values: SecretValues,
  placeholder: (secret: string) => string,
): string | null {
  const replaced = values.replaceIn(text, placeholder);
  if (replaced !== text) return replaced;
  let inner = text;
  for (let level = 1; level < MAX_LEVELS && inner.includes('\\'); level += 1) {
    inner = inner.replace(ESCAPE, (_, code: string | undefined, letter: string | undefined) =>
      code === undefined ? (letter ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (values.replaceIn(inner, placeholder) !== inner) return placeholder(text);
  }
  return null;
}
