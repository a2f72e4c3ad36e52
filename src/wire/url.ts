/**
 * Parses URLs from outside without throwing. Only this file does so (test/architecture.test.ts).
 *
 * `new URL` throws on invalid text, and the text comes from a peer.
 */

/** Parsed `text`, or null if it is not a URL. */
export function readUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
