/**
 * Paths of REST calls as a server reads them, whatever way a client spelled them: `/%77ebhooks//1%2F./TOKEN` leads where
 * `/webhooks/1/TOKEN` does, so both hold the same secret and the same route.
 *
 * Escapes are undone, repeated and escaped separators are one, dot segments lead nowhere or back. A path itself is not
 * changed here. Source: RFC 3986 sections 5.2.4 and 6.2.2; WHATWG URL, "path state", for backslashes.
 */

/** One segment of a path: where it stands, and what it means. */
export interface PathSegment {
  readonly start: number;
  readonly end: number;
  /** The segment without escapes of ASCII. */
  readonly name: string;
}

const SEPARATOR = /%2f|%5c|[/\\]|$/gi;
const ASCII_ESCAPE = /%([0-7][0-9a-f])/gi;
/** No server undoes escapes more than twice; text that has them deeper stays. */
const MAX_ROUNDS = 9;

/**
 * Walks a path that was escaped once, and tells of each segment and the names on the way to it. Returns the names on the
 * way to its end.
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

// Routes of the REST API: a path with its ids and other values taken out, `/channels/:id/messages`, for statistics.
//
// What a peer may put into a path has no end, routes have: a segment that is no word of the API is a value. This
// knows no list of endpoints. Source: Discord Docs/Reference, "API Versioning" and "Snowflakes".

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

// Headers of an API's answer that steer a client: how often it may ask, and where else it should. The others are not
// recorded. Source: Discord Docs/Rate Limits; RFC 9110 sections 10.2.2 and 10.2.3.

const RECORDED_HEADERS = /^(?:x-ratelimit-.*|retry-after|location)$/;

/** Those of `headers` that steer; names in lower case. */
export function pickRateLimitHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const all = Object.entries(headers).filter(([name]) => RECORDED_HEADERS.test(name));
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
}
