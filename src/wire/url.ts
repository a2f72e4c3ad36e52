/**
 * URLs as text from outside: read here only, and without an exception (test/architecture.test.ts).
 *
 * `new URL` throws on what it cannot read, and a peer chooses what it is given.
 */

/** The URL that `text` is, or null. */
export function readUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
