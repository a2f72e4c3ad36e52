/**
 * SQL functions for conditions on bodies and URLs: text_matches, pattern_matches, field_matches, has_id,
 * close_code and service_name.
 *
 * Each is of its arguments alone, so that a statement with such a condition can be read and run by itself. What they
 * compile, they keep for the next row.
 */
import { UsageError } from '../errors.js';
import { compileIdTest, compilePatternTest } from '../filter/evaluate.js';
import { compileFieldTest, type FieldPath, type FieldTest } from '../filter/field-values.js';
import { PatternTooCostly } from '../filter/pattern/matcher.js';
import { compileTextSearch } from '../filter/text-search.js';
import { findService, type Service } from '../gateway/services.js';
import type { JsonValue } from '../wire/json/value.js';
import { readUrl } from '../wire/url.js';
import { parseClose } from '../wire/websocket.js';
import type { Database } from './database.js';
import { DamagedFile } from './store-error.js';

/** Compiled conditions that one function keeps; a filter has fewer terms. */
const KEPT = 300;

/** Lets statements of this handle have conditions on bodies. */
export function prepareFilterFunctions(db: Database): void {
  // Direct-only: SQL in the file's schema cannot call them.
  const options = { deterministic: true, directOnly: true };
  const textSearch = kept((text) => compileTextSearch(text));
  const pattern = kept((source, flags) => compilePatternTest(source, flags));
  const field = kept((path, test) =>
    compileFieldTest(JSON.parse(path) as FieldPath, JSON.parse(test) as FieldTest),
  );
  const idTest = kept((paths, id) =>
    compileIdTest(JSON.parse(paths) as readonly (readonly string[])[], JSON.parse(id) as string | null),
  );
  const parse = lastParsed();
  db.function('text_matches', options, (body, text) => ofText(body, textSearch(String(text), '')));
  db.function('pattern_matches', options, (body, source, flags) =>
    ofText(body, (json) => tryPattern(() => pattern(String(source), String(flags))(json))),
  );
  db.function('field_matches', options, (body, path, test) =>
    ofText(body, (json) => field(String(path), String(test))(parse(json))),
  );
  db.function('has_id', options, (body, paths, id) =>
    ofText(body, (json) => idTest(String(paths), String(id))(parse(json))),
  );
  db.function('close_code', options, (bytes) =>
    bytes instanceof Uint8Array ? parseClose(bytes).code : null,
  );
  db.function('service_name', options, (url) => readServiceName(String(url)));
}

/** Name of a service in the words of the filter language. */
export type ServiceName = Service | 'gateway';

/** Name of the service that a URL leads to. */
export function readServiceName(url: string): ServiceName {
  return findService(readUrl(url)) ?? 'gateway';
}

/** Answer about a body; null without a body. */
function ofText(body: unknown, test: (json: string) => boolean): number | null {
  return typeof body === 'string' ? Number(test(body)) : null;
}

/** Earlier results of `compile`, by its arguments. */
function kept<Compiled>(
  compile: (first: string, second: string) => Compiled,
): (first: string, second: string) => Compiled {
  const known = new Map<string, Compiled>();
  return (first, second) => {
    const key = `${first}\n${second}`;
    let compiled = known.get(key);
    if (compiled === undefined) {
      if (known.size >= KEPT) known.clear();
      compiled = compile(first, second);
      known.set(key, compiled);
    }
    return compiled;
  };
}

/** Parses payloads, and keeps the last one, as several conditions on one row ask for it. */
function lastParsed(): (body: string) => JsonValue {
  let last = '';
  let parsed: JsonValue = null;
  return (body) => {
    if (body === last) return parsed;
    try {
      parsed = JSON.parse(body) as JsonValue;
    } catch (cause) {
      throw new DamagedFile('a payload is not JSON', { cause });
    }
    last = body;
    return parsed;
  };
}

/** Runs a test; a regular expression that takes too long is a UsageError. */
export function tryPattern(test: () => boolean): boolean {
  try {
    return test();
  } catch (error) {
    if (!(error instanceof PatternTooCostly)) throw error;
    throw new UsageError(
      'a regular expression takes too long for one of the payloads',
      'make it simpler: a long repeat such as .{500} within it is what costs',
      { cause: error },
    );
  }
}
