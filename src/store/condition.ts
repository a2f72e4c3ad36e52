/**
 * Conditions: parts of a WHERE clause with their values bound. No value ever becomes part of the SQL.
 */
import type { SqlValue } from './database.js';

/** Part of a WHERE clause, with its values; it can be joined to others by AND and OR. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Condition that holds for every row. */
export const EVERYTHING: Condition = Object.freeze({ sql: 'TRUE', values: Object.freeze([]) });

/** Condition that holds for no row. */
export const NO_ROWS: Condition = Object.freeze({ sql: 'FALSE', values: Object.freeze([]) });

/** Condition that holds where every one of `conditions` does. */
export function whereAll(conditions: readonly Condition[]): Condition {
  return joined(conditions, EVERYTHING, NO_ROWS, 'AND');
}

/** Condition that holds where one of `conditions` does. */
export function whereAny(conditions: readonly Condition[]): Condition {
  return joined(conditions, NO_ROWS, EVERYTHING, 'OR');
}

function joined(
  conditions: readonly Condition[],
  neutral: Condition,
  decisive: Condition,
  word: 'AND' | 'OR',
): Condition {
  const [only, ...others] = conditions.filter((condition) => condition !== neutral);
  if (only === undefined) return neutral;
  const parts = [only, ...others];
  if (parts.includes(decisive)) return decisive;
  if (others.length === 0) return only;
  const sql = parts.map((part) => part.sql).join(` ${word} `);
  return { sql: word === 'OR' ? `(${sql})` : sql, values: parts.flatMap(({ values }) => values) };
}

/** Condition with one value; always true if the value is omitted. */
export function whereEqual(sql: string, value: string | number | undefined): Condition {
  return value === undefined ? EVERYTHING : { sql, values: [value] };
}

/** Condition that a column has one of some values; always true if `values` is omitted. */
export function whereIn(column: string, values: readonly (string | number)[] | undefined): Condition {
  if (values === undefined) return EVERYTHING;
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}
