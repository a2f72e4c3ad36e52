/**
 * Format of placeholders: `redacted:` and the beginning of a keyed hash, equal for equal secrets.
 *
 * The caller chooses the key and the hashed data. Only replay/tape/leaks.ts knows the format without this file, because
 * it judges what the others do.
 */

const BEGIN = 'redacted:';
/** Bytes of the hash that are shown. */
const SHOWN_BYTES = 8;

/** Pattern of a placeholder; older versions showed more of the hash. */
export const PLACEHOLDER = `${BEGIN}[0-9a-f]{8,64}`;

/** Patterns: not behind a placeholder's beginning, and not before one. */
export const NOT_IN_PLACEHOLDER = `(?<!${BEGIN}[0-9a-f]{0,64})`;
export const NO_PLACEHOLDER = `(?!${BEGIN})`;

const WHOLE = new RegExp(`^${PLACEHOLDER}$`);

/** Placeholder of `digest`, which has at least 8 bytes. */
export function formatPlaceholder(digest: Uint8Array): string {
  const shown = Array.from(digest.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return BEGIN + shown.join('');
}

/** Whether `text` is a placeholder, or begins as one. */
export function isPlaceholder(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** Whether `text` is a placeholder and nothing else. */
export function isWholePlaceholder(text: string): boolean {
  return WHOLE.test(text);
}
