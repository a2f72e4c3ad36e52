/**
 * SQL of a table of columns (capture/columns.ts): lists for INSERT and SELECT, with the rows' own keys as names, so that
 * a row as SQLite gives it needs no renaming.
 */
import { keysIn, type ColumnRule, type ColumnTable, type KeyIn, type RowOf } from '../capture/columns.js';

/** Tables of the database that a table of columns describes. */
type SqlTable = NonNullable<ColumnRule['table']>;

/** Type in the database of a value that a row has: no booleans, no objects. */
type SqlType<Value> = Value extends boolean ? number : Value extends object ? string : Value;

/** Columns of one table of the database, by their keys in a row. */
export type StoredRow<Columns extends ColumnTable, Table extends SqlTable> = {
  readonly [Key in KeyIn<Columns, Table>]: SqlType<RowOf<Columns>[Key]>;
};

/** Columns to select: `connection_id AS "connectionId", …`; only those of `keys`, if it is given. */
export function selectColumns<Columns extends ColumnTable, Table extends SqlTable>(
  columns: Columns,
  table: Table,
  keys: readonly KeyIn<Columns, Table>[] = keysIn(columns, table),
): string {
  return keys.map((key) => `${table}.${columns[key]?.column ?? key} AS "${key}"`).join(', ');
}

/** Names of the columns in the database, in the order of `keys`. */
export function columnNames<Columns extends ColumnTable>(
  columns: Columns,
  keys: readonly (keyof Columns & string)[],
): readonly string[] {
  return keys.map((key) => columns[key]?.column ?? key);
}

/** INSERT of one row by the names of its keys, such as `:connectionId`. */
export function insertRow<Columns extends ColumnTable>(
  columns: Columns,
  table: SqlTable,
  keys: readonly (keyof Columns & string)[],
): string {
  const values = keys.map((key) => `:${key}`);
  return `INSERT INTO ${table} (${columnNames(columns, keys).join()}) VALUES (${values.join()})`;
}
