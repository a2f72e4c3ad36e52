/**
 * Expected REST calls: how a call that a test describes is compared with one that was made.
 */
import type { RestCall } from '../mock/gateway.js';
import type { JsonValue } from '../gateway/payload.js';
import { shown } from './sequence.js';

/** A REST call, or as much of it as matters. */
export interface ExpectedCall {
  readonly method?: string | undefined;
  /**
   * Path below the API base, with or without its version and query; `:name` stands for one part of it. A pattern is
   * held against the path as it came.
   */
  readonly path?: string | RegExp | undefined;
  /** As much of the body as matters; asymmetric matchers may stand anywhere in it. */
  readonly body?: unknown;
  readonly status?: number | undefined;
}

/** What a call lacks to be the expected one, one line each; none where it is. */
export function callMismatch(
  call: RestCall,
  { path, method, ...others }: ExpectedCall,
  equals: Equals,
): readonly string[] {
  const isPath = path === undefined || toPattern(path).test(call.path);
  return [
    ...(isPath ? [] : [`path is ${call.path}, not ${String(path)}`]),
    ...describeMismatch(call, { method: method?.toUpperCase(), ...others }, equals),
  ];
}

function toPattern(path: string | RegExp): RegExp {
  if (path instanceof RegExp) return path;
  const [route = '', query] = path.split('?', 2);
  const parts = route
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/?]+' : literally(part)))
    .join('/');
  const rest = query === undefined ? String.raw`(?:\?.*)?` : String.raw`\?${literally(query)}`;
  return new RegExp(`^(?:/v[0-9]+)?${parts}${rest}$`);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

// Likeness: whether a value holds all that is expected of it, and what it lacks.
//
// Objects may hold more than what is expected, lists may not. What is no plain object or list, an asymmetric matcher
// of vitest for one, is left to `equals`.

/** vitest's own comparison. */
export type Equals = (actual: unknown, expected: unknown) => boolean;

/** Where a value is not what is expected, one line each such as `d.limit is 10, not 0`; none where it is. */
export function describeMismatch(
  actual: unknown,
  expected: unknown,
  equals: Equals,
  path = '',
): readonly string[] {
  if (expected === undefined) return [];
  const isList = Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length;
  if (isList || (isPlain(expected) && isPlain(actual))) {
    const at = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
    return Object.keys(expected as object).flatMap((key) =>
      describeMismatch(
        at(actual as object, key),
        at(expected as object, key),
        equals,
        path === '' ? key : `${path}.${key}`,
      ),
    );
  }
  if (equals(actual, expected)) return [];
  return [`${path} is ${shown(actual as JsonValue)}, not ${printed(expected)}`];
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What is expected; an asymmetric matcher says itself what it is. */
function printed(expected: unknown): string {
  const { toAsymmetricMatcher } = Object(expected) as { toAsymmetricMatcher?: () => string };
  if (toAsymmetricMatcher !== undefined) return toAsymmetricMatcher.call(expected);
  if (expected instanceof RegExp) return String(expected);
  return shown(expected as JsonValue);
}
