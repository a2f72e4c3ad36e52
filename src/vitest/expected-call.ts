/**
 * Expected REST calls and values: whether a call or a value contains all that a test expects of it, and what it lacks.
 *
 * An object can have more members than are expected, a list cannot have more elements. What is neither a plain object
 * nor a list, such as an asymmetric matcher of vitest, is left to `equals`.
 */
import type { RestCall } from '../mock/gateway.js';
import type { JsonValue } from '../gateway/payload.js';
import { shown } from './sequence.js';

/** A REST call, or the part of it that matters. */
export interface ExpectedCall {
  readonly method?: string | undefined;
  /**
   * Path below the API base, with or without its version and query; `:name` matches one part of it. A regular expression
   * is matched with the path as received.
   */
  readonly path?: string | RegExp | undefined;
  /** The part of the body that matters; asymmetric matchers can be anywhere in it. */
  readonly body?: unknown;
  readonly status?: number | undefined;
}

/** Differences of a call from the expected one, one line each; none if it is the expected one. */
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

/** vitest's own comparison. */
export type Equals = (actual: unknown, expected: unknown) => boolean;

/** Differences of a value from the expected one, one line each such as `d.limit is 10, not 0`; none if it is equal. */
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

/** Text of an expected value; an asymmetric matcher describes itself. */
function printed(expected: unknown): string {
  const { toAsymmetricMatcher } = Object(expected) as { toAsymmetricMatcher?: () => string };
  if (toAsymmetricMatcher !== undefined) return toAsymmetricMatcher.call(expected);
  if (expected instanceof RegExp) return String(expected);
  return shown(expected as JsonValue);
}
