/**
 * Marks: the present ends of the tables, so that later rows can be removed again without a trace. Later rows have ids
 * above the existing ones, and sums of connections of their own.
 */
import type { Database } from './database.js';
import { COPIED_TABLES } from './table-rows.js';

const TABLES = [...COPIED_TABLES, 'frame', 'payload', 'frame_bytes'] as const;
const ROLLUPS = ['minute_rollup', 'hour_rollup'] as const;

/** Marks the tables; the returned function deletes everything added since. */
export function markTables(db: Database): () => void {
  const marks = TABLES.map((table): [string, string, number] => [table, 'rowid', lastId(db, table)]);
  const connection = lastId(db, 'connection');
  const rollups = ROLLUPS.map((table): [string, string, number] => [table, 'connection_id', connection]);
  return () =>
    db
      .transaction(() => {
        for (const [table, column, mark] of [...marks, ...rollups]) {
          db.prepare<[number]>(`DELETE FROM ${table} WHERE ${column} > ?`).run(mark);
        }
      })
      .immediate();
}

function lastId(db: Database, table: string): number {
  return db.prepare<[], number>(`SELECT coalesce(max(rowid), 0) FROM ${table}`).pluck().get() ?? 0;
}
