/**
 * Text of a payload in a database: a JSON object of bounded depth; anything else means a damaged file.
 *
 * Recorders write nothing else, and every reader of payloads, recursive ones included, relies on it.
 */
import { MAX_JSON_DEPTH, OPEN_BRACE, skipSpace, skipValue, TOO_DEEP } from '../wire/json/grammar.js';
import { DamagedFile } from './store-error.js';

/** Defect of a payload's text, worded to follow its name; null if it is valid. */
export function findTextDefect(body: Uint8Array): string | null {
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_BRACE) return 'is not a JSON object';
  const end = skipValue(body, start, null);
  if (end === TOO_DEEP) return `is nested deeper than ${MAX_JSON_DEPTH}`;
  return end < 0 || skipSpace(body, end) < body.length ? 'is not JSON' : null;
}

/** The text of a frame's payload, or null if it has none. Throws DamagedFile for a text that no recorder writes. */
export function requirePayloadText(text: unknown, frameId: number): string | null {
  if (text === undefined || text === null) return null;
  const fault = typeof text === 'string' ? findTextDefect(Buffer.from(text)) : 'is not text';
  if (fault !== null) throw new DamagedFile(`the payload of frame ${frameId} ${fault}`);
  return text as string;
}
