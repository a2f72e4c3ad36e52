/**
 * Field diff: where two JSON values differ, as paths such as `d.embeds[0].title`.
 *
 * A placeholder for a secret on the expected side equals any string, because the recording does not hold the secret.
 */
import type { JsonObject, JsonValue } from '../../gateway/payload.js';
import { isPlaceholder } from '../../gateway/redact/placeholder.js';

/** A place where two values differ; a side without a value there leaves it out. */
export interface FieldDifference {
  readonly path: string;
  readonly expected?: JsonValue;
  readonly actual?: JsonValue;
}

// More differences of one payload are of no use to a reader.
const MAX_DIFFERENCES = 100;
const PLAIN_KEY = /^[\w$-]+$/;

/** Differences in the order of the expected value's fields, at most a hundred. */
export function fieldDifferences(expected: JsonValue, actual: JsonValue): FieldDifference[] {
  const found: FieldDifference[] = [];
  compare(expected, actual, '', found);
  return found;
}

function compare(expected: JsonValue, actual: JsonValue, path: string, found: FieldDifference[]): void {
  if (Object.is(expected, actual) || found.length >= MAX_DIFFERENCES) return;
  if (isList(expected) && isList(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index += 1) {
      compareMember(expected[index], actual[index], `${path}[${index}]`, found);
    }
  } else if (isMap(expected) && isMap(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      compareMember(own(expected, key), own(actual, key), joined(path, key), found);
    }
  } else if (!isPlaceholderFor(expected, actual)) {
    found.push({ path, expected, actual });
  }
}

function compareMember(
  expected: JsonValue | undefined,
  actual: JsonValue | undefined,
  path: string,
  found: FieldDifference[],
): void {
  if (found.length >= MAX_DIFFERENCES) return;
  if (expected !== undefined && actual !== undefined) compare(expected, actual, path, found);
  else if (expected !== undefined) found.push({ path, expected });
  else if (actual !== undefined) found.push({ path, actual });
}

function isPlaceholderFor(expected: JsonValue, actual: JsonValue): boolean {
  if (expected === 0 && actual === 0) return true; // -0 and 0
  return typeof expected === 'string' && typeof actual === 'string' && isPlaceholder(expected);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isMap(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function joined(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
