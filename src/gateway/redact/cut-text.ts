/**
 * Text that breaks off: its last word may be half a secret, which nothing would know again.
 */

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
