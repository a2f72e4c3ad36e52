/**
 * Check of the roll-ups: every sum against the frames, minute by minute, so that memory stays bounded however long
 * the file is.
 *
 * A minute's rows must say what its frames say, an hour's rows what its minutes say, and no frame may be outside of
 * all minutes. The bounds of the ids may be wider than they need to be.
 */
import type { Database } from '../database.js';
import { HOUR_US } from '../rollups.js';
import { RollupScan, type BucketRows, type RollupRow } from './rollup-scan.js';

/** Columns behind the sums: the bounds of the ids. */
const FIRST_ID = 9;
const LAST_ID = 10;

/** Defects of the roll-ups, one sentence each. */
export function* findRollupDefects(db: Database): Generator<string> {
  const scan = new RollupScan(db);
  yield* findBucketDefects(db, 'minute', (atUs) => scan.minute(atUs), 'frames');
  yield* findBucketDefects(db, 'hour', (atUs) => scan.hour(atUs), 'minutes');
  const hidden = db
    .prepare<[], number>(
      `SELECT count(*) FROM (SELECT DISTINCT minute_at_us / ${HOUR_US} FROM minute_rollup
         EXCEPT SELECT hour_at_us / ${HOUR_US} FROM hour_rollup)`,
    )
    .pluck()
    .get();
  if (hidden !== 0) yield `${String(hidden)} hours have minutes, but no sums of their own`;
  const missed = db
    .prepare<[], number>(
      'SELECT (SELECT count(*) FROM frame) - coalesce((SELECT sum(frame_count) FROM minute_rollup), 0)',
    )
    .pluck()
    .get();
  if (missed !== 0) yield `there are ${String(missed)} more frames than the minutes count`;
}

function* findBucketDefects(
  db: Database,
  name: 'minute' | 'hour',
  readRows: (atUs: number) => BucketRows,
  source: string,
): Generator<string> {
  const next = db
    .prepare<[number], number | null>(`SELECT min(${name}_at_us) FROM ${name}_rollup WHERE ${name}_at_us > ?`)
    .pluck();
  // A time beyond ±2^53 is rounded, and would come again: the check of values names it.
  for (let atUs = next.get(-1) ?? null; atUs !== null; atUs = next.get(atUs) ?? null) {
    if (!Number.isSafeInteger(atUs)) return;
    const { stored, scanned } = readRows(atUs);
    if (areEqual(stored, scanned)) continue;
    yield `the sums of the ${name} ${new Date(atUs / 1000).toISOString()} are not those of its ${source}`;
  }
}

function areEqual(stored: readonly RollupRow[], scanned: readonly RollupRow[]): boolean {
  return (
    stored.length === scanned.length &&
    stored.every((row, index) => {
      const other = scanned[index] ?? [];
      const [first = 0, last = 0] = row.slice(FIRST_ID);
      const [firstScanned = 0, lastScanned = 0] = other.slice(FIRST_ID);
      const areSumsEqual = row.slice(0, FIRST_ID).every((value, column) => value === other[column]);
      return areSumsEqual && row.length > LAST_ID && first <= firstScanned && last >= lastScanned;
    })
  );
}
