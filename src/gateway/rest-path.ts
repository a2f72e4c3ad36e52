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
