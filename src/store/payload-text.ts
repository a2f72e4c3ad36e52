/**
 * Text of a payload as it is in a database: a JSON object, of bounded depth, or the file is damaged.
 *
 * Recorders write nothing else, and whoever reads payloads, by recursion too, relies on it.
 */
import { MAX_JSON_DEPTH, OPEN_BRACE, skipSpace, skipValue, TOO_DEEP } from '../wire/json/grammar.js';
import { DamagedFile } from './store-error.js';

/** What is wrong with the text of a payload, to follow its name; null where nothing is. */
export function findTextDefect(body: Uint8Array): string | null {
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_BRACE) return 'is no JSON object';
  const end = skipValue(body, start, null);
  if (end === TOO_DEEP) return `is nested deeper than ${MAX_JSON_DEPTH}`;
  return end < 0 || skipSpace(body, end) < body.length ? 'is not JSON' : null;
}

/** The text of a frame's payload, or null where it has none. Throws DamagedFile for what no recorder writes. */
export function requirePayloadText(text: unknown, frameId: number): string | null {
  if (text === undefined || text === null) return null;
  const fault = typeof text === 'string' ? findTextDefect(Buffer.from(text)) : 'is no text';
  if (fault !== null) throw new DamagedFile(`the payload of frame ${frameId} ${fault}`);
  return text as string;
}
