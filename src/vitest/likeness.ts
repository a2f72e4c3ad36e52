/**
 * Likeness: whether a value holds all that is expected of it, and what it lacks.
 *
 * Objects may hold more than what is expected, lists may not. What is no plain object or list, an asymmetric matcher
 * of vitest for one, is left to `equals`.
 */
import type { JsonValue } from '../gateway/payload.js';
import { shown } from './sequence.js';

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
