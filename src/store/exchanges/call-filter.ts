/**
 * Filters of REST calls in the language of filters, as conditions with bound values.
 *
 * Apart from filter.ts, which the writer needs too, and which knows nothing of the language.
 */
import { CALL_KEYS, type CallKeyName } from '../../filter/keys.js';
import { readValue, type ValueTest } from '../../filter/key-values.js';
import { allOf, type Filter } from '../../filter/nodes.js';
import { parseCallFilter } from '../../filter/parse.js';
import { EVERYTHING, NO_ROWS, whereAll, whereAny, type Condition } from '../condition.js';
import type { Database } from '../database.js';
import { readFilterContext } from '../frame-plan.js';
import { atomCondition, isNotTrue, valueCondition } from '../predicate-sql.js';
import { exchangeCondition, sessionCondition, type CallFilter, type ExchangeFilter } from './filter.js';

/** Condition on exchange: the whole filter but its limit. Throws a FilterError for a text that is not a filter. */
export function callListCondition(db: Database, filter: ExchangeFilter): Condition {
  return whereAll([exchangeCondition(db, filter), callCondition(db, readCallFilter(filter.filter))]);
}

function readCallFilter(filter: CallFilter | undefined): Filter<CallKeyName> {
  const parts =
    filter === undefined ? [] : Array.isArray(filter) ? filter : [filter as string | Filter<CallKeyName>];
  return allOf(
    parts.map((part: string | Filter<CallKeyName>) =>
      typeof part === 'string' ? parseCallFilter(part) : part,
    ),
  );
}

/** Condition of a filter; bodies are opened last, and each is looked at alone. */
function callCondition(db: Database, filter: Filter<CallKeyName>): Condition {
  switch (filter.type) {
    case 'all':
      return whereAll(filter.parts.map((part) => callCondition(db, part)));
    case 'any':
      return whereAny(filter.parts.map((part) => callCondition(db, part)));
    case 'not':
      return isNotTrue(callCondition(db, filter.part));
    case 'key': {
      const { key, include, exclude } = filter;
      const accept = (value: (typeof include)[number]): Condition =>
        whereAny(
          (readValue(key, CALL_KEYS[key].values, value, readFilterContext(db)) ?? []).map((test) =>
            keyCondition(db, key, test),
          ),
        );
      const included = include.length === 0 ? EVERYTHING : whereAny(include.map(accept));
      return whereAll([included, ...exclude.map((value) => isNotTrue(accept(value)))]);
    }
    case 'text':
    case 'pattern': {
      const { sql, values } = atomCondition(filter);
      return { sql: `EXISTS (SELECT 1 FROM (${BODIES}) WHERE body IS NOT NULL AND ${sql})`, values };
    }
    case 'field':
      // The parser makes none of REST calls.
      return NO_ROWS;
  }
}

const BODIES = `
  SELECT request AS body FROM exchange_body WHERE exchange_id = exchange.id
  UNION ALL SELECT response FROM exchange_body WHERE exchange_id = exchange.id`;

function keyCondition(db: Database, key: CallKeyName, test: ValueTest): Condition {
  switch (key) {
    case 'session':
      return sessionsCondition(db, test);
    case 'status':
      // A call without an answer has the status 0 in the language.
      return valueCondition(test.type === 'any' ? 'status' : 'coalesce(status, 0)', test);
    case 'since':
    case 'until':
      return valueCondition('started_at_us', test);
    case 'id':
      return valueCondition('exchange.id', test);
    case 'capture':
      return valueCondition('capture_id', test);
    default:
      return valueCondition(key, test);
  }
}

/** Calls of any of the sessions with such an id. */
function sessionsCondition(db: Database, test: ValueTest): Condition {
  const { sql, values } = valueCondition('id', test);
  const ids = db
    .prepare<unknown[], number>(`SELECT id FROM session WHERE ${sql}`)
    .pluck()
    .all(...values);
  return whereAny(ids.map((id) => whereAll([sessionCondition(db, id)])));
}
