/**
 * Roll-ups computed from the frames: the right sums of a minute or hour, for deleting frames, repairing the sums or
 * checking them.
 *
 * Minutes are scanned within the ids that their roll-ups name, hours are sums over minutes. The caller opens the
 * transaction.
 */
import type { Database } from '../database.js';
import { HOUR_US, MINUTE_US } from '../rollups.js';

/** Minute, connection, session, type; then the sums, in the order of the table's columns. */
export type RollupRow = readonly number[];

const SCAN = `
  SELECT at_us / ${MINUTE_US} * ${MINUTE_US}, connection_id, coalesce(session_id, 0), type_id, count(*),
    sum(iif(type_id IN (SELECT id FROM frame_type WHERE status = 'partial'), 0, wire_bytes)),
    coalesce(sum(payload_bytes), 0), min(at_us), max(at_us), min(id), max(id)
  FROM frame`;

// The parts of the primary key, in its order.
const GROUPED = 'GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4';

const MINUTE_OF_FRAMES = `${SCAN}
  WHERE id BETWEEN
      (SELECT min(first_frame_id) FROM minute_rollup WHERE minute_at_us = :minute)
      AND (SELECT max(last_frame_id) FROM minute_rollup WHERE minute_at_us = :minute)
    AND at_us >= :minute AND at_us < :minute + ${MINUTE_US}
  ${GROUPED}`;

const HOURS_OF_MINUTES = `
  SELECT minute_at_us / ${HOUR_US} * ${HOUR_US}, connection_id, session_id, type_id, sum(frame_count),
    sum(wire_bytes), sum(payload_bytes), min(first_at_us), max(last_at_us), min(first_frame_id), max(last_frame_id)
  FROM minute_rollup`;

const HOUR_OF_MINUTES = `${HOURS_OF_MINUTES}
  WHERE minute_at_us >= :hour AND minute_at_us < :hour + ${HOUR_US} ${GROUPED}`;

/** Rows of one bucket, in the table and as computed. */
export interface BucketRows {
  readonly stored: readonly RollupRow[];
  readonly scanned: readonly RollupRow[];
}

/** Reads both kinds of rows, for one minute or hour at a time. */
export class RollupScan {
  readonly #minute: (atUs: number) => BucketRows;
  readonly #hour: (atUs: number) => BucketRows;

  constructor(db: Database) {
    const rows = (sql: string, name: string) => {
      const statement = db.prepare<[Record<string, number>], RollupRow>(sql).raw();
      return (atUs: number): readonly RollupRow[] => statement.all({ [name]: atUs });
    };
    const stored = (name: string) =>
      rows(`SELECT * FROM ${name}_rollup WHERE ${name}_at_us = :${name} ORDER BY 1, 2, 3, 4`, name);
    const [storedMinute, scannedMinute] = [stored('minute'), rows(MINUTE_OF_FRAMES, 'minute')];
    const [storedHour, scannedHour] = [stored('hour'), rows(HOUR_OF_MINUTES, 'hour')];
    this.#minute = (atUs) => ({ stored: storedMinute(atUs), scanned: scannedMinute(atUs) });
    this.#hour = (atUs) => ({ stored: storedHour(atUs), scanned: scannedHour(atUs) });
  }

  /** The roll-ups of a minute, against its frames. */
  minute(minuteAtUs: number): BucketRows {
    return this.#minute(minuteAtUs);
  }

  /** The roll-ups of an hour, against those of its minutes. */
  hour(hourAtUs: number): BucketRows {
    return this.#hour(hourAtUs);
  }
}

/** Returns a function that makes the roll-ups of a minute, and of its hour, fit the frames that are left in it. */
export function prepareRebuild(db: Database): (minuteAtUs: number) => void {
  const scan = new RollupScan(db);
  const clear = (name: string) => db.prepare<[number]>(`DELETE FROM ${name}_rollup WHERE ${name}_at_us = ?`);
  const insert = (name: string) =>
    db.prepare<[RollupRow]>(`INSERT INTO ${name}_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const tables = [
    { clear: clear('minute'), insert: insert('minute'), bucketUs: MINUTE_US, rows: scan.minute.bind(scan) },
    { clear: clear('hour'), insert: insert('hour'), bucketUs: HOUR_US, rows: scan.hour.bind(scan) },
  ];
  return (minuteAtUs) => {
    for (const table of tables) {
      const bucket = minuteAtUs - (minuteAtUs % table.bucketUs);
      const { scanned } = table.rows(bucket);
      table.clear.run(bucket);
      for (const row of scanned) table.insert.run(row);
    }
  };
}

/** Computes all roll-ups again, in one transaction. */
export function rebuildRollups(db: Database): void {
  db.transaction(() => {
    db.exec(`DELETE FROM minute_rollup; DELETE FROM hour_rollup;
      INSERT INTO minute_rollup ${SCAN} ${GROUPED}; INSERT INTO hour_rollup ${HOURS_OF_MINUTES} ${GROUPED};`);
  }).immediate();
}
