/**
 * REST paths, normalised as a server reads them, for any spelling by the client: `/%77ebhooks//1%2F./TOKEN` is
 * equivalent to `/webhooks/1/TOKEN`, so both have the same secret and the same route.
 *
 * Escapes are decoded, repeated and escaped separators count as one, and dot segments are resolved. The path itself is
 * not changed. Source: RFC 3986 sections 5.2.4 and 6.2.2; WHATWG URL, "path state", for backslashes.
 */

/** One segment of a path: its position and its decoded text. */
export interface PathSegment {
  readonly start: number;
  readonly end: number;
  /** The segment without escapes of ASCII. */
  readonly name: string;
}

const SEPARATOR = /%2f|%5c|[/\\]|$/gi;
const ASCII_ESCAPE = /%([0-7][0-9a-f])/gi;
/** No server decodes escapes more than twice; deeper escapes stay. */
const MAX_ROUNDS = 9;

/**
 * Walks a path that was escaped once, and reports each segment with the names before it. Returns the names of the whole
 * path.
 */
export function walkPath(
  path: string,
  enter: (segment: PathSegment, way: readonly string[]) => void = () => undefined,
): readonly string[] {
  const way: string[] = [];
  let start = 0;
  for (const { 0: separator, index: end } of path.matchAll(SEPARATOR)) {
    const name = unescaped(path.slice(start, end));
    if (name !== '') enter({ start, end, name }, way);
    if (name === '..') way.pop();
    else if (name !== '' && name !== '.') way.push(name);
    start = end + separator.length;
  }
  return way;
}

/** A path without escapes of escapes, which no route needs: the very same text for every usual client's. */
export function escapedOnce(path: string): string {
  let text = path;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const once = unescaped(text);
    if (once.search(ASCII_ESCAPE) === -1) break;
    text = once;
  }
  return text;
}

function unescaped(text: string): string {
  return text.replace(ASCII_ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

const VERSION = /^\/v\d{1,3}(?=[/?#]|$)/;
const ID = /^\d+$/;
/** Words of the API are short and in lower case, with dashes: `thread-members`, `@me`, `@original`. */
const WORD = /^@?[a-z][a-z0-9_-]{0,39}(?:\.[a-z]{2,5})?$/;
/** The segment after one of these is a value chosen by the caller, whatever its form. */
const BEFORE_VALUE: ReadonlySet<string> = new Set(['invites', 'templates', 'gift-codes', 'reactions']);
/** Values by the two segments before them: resource, id, value. */
const VALUE_AFTER_ID: Readonly<Record<string, string>> = { webhooks: ':token', interactions: ':token' };

/**
 * Route of a path below the API base, for statistics: without version and query, its ids and other values taken out,
 * such as `/channels/:id/messages`. Paths from a peer are unbounded, routes are bounded: a segment that does not look
 * like an API word is a value. There is no list of endpoints.
 *
 * Source: Discord Docs/Reference, "API Versioning" and "Snowflakes".
 */
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

/**
 * Headers of an answer that affect a client's behaviour: rate limits and redirects (Discord Docs/Rate Limits; RFC 9110
 * sections 10.2.2 and 10.2.3).
 */
const RECORDED_HEADERS = /^(?:x-ratelimit-.*|retry-after|location)$/;

/** The recorded subset of `headers`; names in lower case. */
export function pickRateLimitHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const all = Object.entries(headers).filter(([name]) => RECORDED_HEADERS.test(name));
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
}
