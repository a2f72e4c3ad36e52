/**
 * Placeholders as they are written: `redacted:` and the beginning of a keyed hash, equal for equal secrets.
 *
 * Whose key it is, and what is hashed, is the business of those who make one.
 */

const BEGIN = 'redacted:';
/** Bytes of the hash that are shown. */
const SHOWN_BYTES = 8;

/** The placeholder that shows `digest`, of 8 bytes at least. */
export function formatPlaceholder(digest: Uint8Array): string {
  const shown = Array.from(digest.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return BEGIN + shown.join('');
}

/** Whether `text` is a placeholder, or begins as one. */
export function isPlaceholder(text: string): boolean {
  return text.startsWith(BEGIN);
}
