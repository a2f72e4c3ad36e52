/**
 * Conditions: parts of a WHERE clause with their values bound. No value ever becomes part of the SQL.
 */
import type { SqlValue } from './database.js';

/** Part of a WHERE clause, with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Condition that holds for every row. */
export const EVERYTHING: Condition = Object.freeze({ sql: 'TRUE', values: Object.freeze([]) });

/** Condition that holds where every one of `conditions` does. */
export function whereAll(conditions: readonly Condition[]): Condition {
  const narrowing = conditions.filter((condition) => condition !== EVERYTHING);
  if (narrowing.length === 0) return EVERYTHING;
  return {
    sql: narrowing.map(({ sql }) => sql).join(' AND '),
    values: narrowing.flatMap(({ values }) => values),
  };
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
