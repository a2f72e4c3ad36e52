/**
 * Routes of the REST API: a path with its ids and other values taken out, `/channels/:id/messages`, for statistics.
 *
 * What a peer may put into a path has no end, routes have: a segment that is no word of the API is a value. This
 * knows no list of endpoints. Source: Discord Docs/Reference, "API Versioning" and "Snowflakes".
 */
import { escapedOnce, walkPath } from './rest-path.js';

const VERSION = /^\/v\d{1,3}(?=[/?#]|$)/;
const ID = /^\d+$/;
/** Words of the API are short and in lower case, with dashes: `thread-members`, `@me`, `@original`. */
const WORD = /^@?[a-z][a-z0-9_-]{0,39}(?:\.[a-z]{2,5})?$/;
/** What follows these is a value of the caller's choice, whatever it looks like. */
const BEFORE_VALUE: ReadonlySet<string> = new Set(['invites', 'templates', 'gift-codes', 'reactions']);
/** Values by the two segments before them: resource, id, value. */
const VALUE_AFTER_ID: Readonly<Record<string, string>> = { webhooks: ':token', interactions: ':token' };

/** Route of a path below the API base, without version and query. */
export function parseRoute(path: string): string {
  const [bare = ''] = path.replace(VERSION, '').split(/[?#]/, 1);
  const segments = walkPath(escapedOnce(bare));
  return `/${segments.map((segment, index) => maskSegment(segment, segments, index)).join('/')}`;
}

function maskSegment(segment: string, segments: readonly string[], index: number): string {
  const previous = segments[index - 1] ?? '';
  const token = ID.test(previous) ? VALUE_AFTER_ID[segments[index - 2] ?? ''] : undefined;
  if (token !== undefined) return token;
  if (ID.test(segment)) return ':id';
  return WORD.test(segment) && !BEFORE_VALUE.has(previous) ? segment : ':value';
}
