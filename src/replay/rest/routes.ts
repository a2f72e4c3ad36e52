/**
 * Routes: a table of the API's routes, matched against a path.
 *
 * A template such as `/channels/:channel/messages/:message` names its values; a value is one segment. The first row that
 * fits is taken, so special ones come before general ones.
 */

/** What a template's names stand for in a path. */
export type PathValues = Readonly<Record<string, string>>;

/** Method, template, and what belongs to them. */
export type Route<Answer> = readonly [method: string, template: string, answer: Answer];

/** A row that fits, and the values of its names. */
export interface MatchedRoute<Answer> {
  readonly answer: Answer;
  readonly values: PathValues;
}

/** The row of a request's method and segments, or null. */
export function matchRoute<Answer>(
  routes: readonly Route<Answer>[],
  method: string,
  segments: readonly string[],
): MatchedRoute<Answer> | null {
  for (const [rowMethod, template, answer] of routes) {
    const values = rowMethod === method ? readValues(template.slice(1).split('/'), segments) : null;
    if (values !== null) return { answer, values };
  }
  return null;
}

function readValues(template: readonly string[], segments: readonly string[]): PathValues | null {
  if (template.length !== segments.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) values[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return values;
}
