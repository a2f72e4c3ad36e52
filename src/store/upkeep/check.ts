/**
 * Check: whether a database is sound, on a read-only handle and within one snapshot, so that a recorder can continue.
 *
 * Faults are errors: a damaged page, a reference to a missing row, a wrong sum. Notes are valid states that are worth
 * knowing: the remains of a crash, a pruning. A file that cannot be read at all, or that a newer gatetape made, is a
 * StoreError.
 */
import { findBodyDefects } from './check-bodies.js';
import { findRollupDefects } from './check-rollups.js';
import { type CheckName, type Finding, findValueDefects } from './check-values.js';
import { openReadable, type Database } from '../database.js';
import { pendingMigrations, readMigrations, schemaDifferences } from '../migrate.js';
import { APPLICATION_ID } from '../own-file.js';
import { describeDifference } from '../schema.js';
import { recoveryNotes } from './recovery.js';
import { guarded } from '../store-error.js';
import { isBeingWritten } from '../lock.js';

/** Result of a check. */
export interface CheckReport {
  readonly schemaVersion: number;
  /** Names of migrations that the file lacks. */
  readonly pendingMigrations: readonly string[];
  /** Whether a recorder, or another writer, holds the file. */
  readonly isBeingWritten: boolean;
  /** The first few of each check. */
  readonly faults: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** Most reported faults of one check; a broken file has thousands of the same kind. */
const TOLD = 20;

/** Checks the database at `path`; a quick check omits all passes over all rows. Throws StoreError. */
export function checkDatabase(path: string, { isQuick = false } = {}): CheckReport {
  const db = openReadable(path);
  try {
    return guarded(path, () => {
      db.exec('BEGIN');
      const migrations = readMigrations();
      const pending = pendingMigrations(db, path, migrations);
      const isBusy = isBeingWritten(path);
      const isCurrent = pending.length === 0;
      const report = {
        schemaVersion: migrations.length - pending.length,
        pendingMigrations: pending.map(({ name }) => name),
        isBeingWritten: isBusy,
      };
      const differences = [...schemaDifferences(db, migrations, pending)].map(describeDifference);
      // Further reads would run the SQL of the file's schema.
      if (differences.length > 0)
        return { ...report, faults: [...collectFindings('schema', differences)], notes: [] };
      return {
        ...report,
        faults: findDefects(db, isCurrent, isQuick),
        notes: isCurrent ? [...recoveryNotes(db, path, isBusy), ...findPruningNotes(db)] : [],
      };
    });
  } finally {
    db.close();
  }
}

function findDefects(db: Database, isCurrent: boolean, isQuick: boolean): readonly Finding[] {
  const faults = [
    ...collectFindings('integrity', findIntegrityDefects(db, isQuick)),
    ...collectFindings('application_id', findApplicationDefects(db)),
    ...collectFindings(
      'migrations',
      isCurrent ? [] : ['the schema is older than this gatetape: --repair brings it up to date'],
    ),
  ];
  if (!isQuick) faults.push(...collectFindings('foreign_keys', findForeignKeyDefects(db)));
  if (isCurrent && !isQuick) {
    faults.push(...collectFindings('values', findValueDefects(db)));
    const passes = { rollups: findRollupDefects(db), bodies: findBodyDefects(db) };
    for (const [name, found] of Object.entries(passes)) {
      try {
        faults.push(...collectFindings(name as keyof typeof passes, found));
      } catch (error) {
        // Values of the wrong kind, which are named by then, can break any pass: an overflow of a sum, for one.
        if (faults.length === 0) throw error;
      }
    }
  }
  return faults;
}

function* collectFindings(check: CheckName, details: Iterable<string>): Generator<Finding> {
  let count = 0;
  for (const detail of details) {
    count += 1;
    if (count > TOLD) {
      yield { check, detail: 'and more' };
      return;
    }
    yield { check, detail };
  }
}

function* findIntegrityDefects(db: Database, isQuick: boolean): Generator<string> {
  const rows = db.pragma(`${isQuick ? 'quick' : 'integrity'}_check(${TOLD + 1})`) as readonly object[];
  for (const row of rows) {
    const detail = String(Object.values(row)[0]);
    if (detail !== 'ok') yield detail;
  }
}

function findApplicationDefects(db: Database): readonly string[] {
  return db.pragma('application_id', { simple: true }) === APPLICATION_ID
    ? []
    : ["the file's application_id is not that of gatetape"];
}

function* findForeignKeyDefects(db: Database): Generator<string> {
  const counts = db
    .prepare<[], { table: string; parent: string; count: number }>(
      'SELECT "table", parent, count(*) AS count FROM pragma_foreign_key_check GROUP BY 1, 2',
    )
    .iterate();
  for (const { table, parent, count } of counts) {
    yield `${count} rows of ${table} refer to rows of ${parent} that are not there`;
  }
}

function* findPruningNotes(db: Database): Generator<Finding> {
  const rows = db
    .prepare<[], { reason: string; frames: number }>(
      'SELECT reason, sum(frame_count) AS frames FROM pruning GROUP BY reason ORDER BY reason',
    )
    .all();
  for (const { reason, frames } of rows) {
    yield { check: 'pruning', detail: `${frames} frames were deleted, by ${reason}` };
  }
}
