/**
 * Format of placeholders: `redacted:` and the beginning of a keyed hash, equal for equal secrets.
 *
 * The caller chooses the key and the hashed data.
 */

const BEGIN = 'redacted:';
/** Bytes of the hash that are shown. */
const SHOWN_BYTES = 8;

/** Placeholder of `digest`, which has at least 8 bytes. */
export function formatPlaceholder(digest: Uint8Array): string {
  const shown = Array.from(digest.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return BEGIN + shown.join('');
}

/** Whether `text` is a placeholder, or begins as one. */
export function isPlaceholder(text: string): boolean {
  return text.startsWith(BEGIN);
}
