/** `checkDatabase`: a sound file passes, and each kind of damage is found and named. */
import { openSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../../src/store/sqlite.js';
import { checkDatabase, type CheckReport } from '../../../src/store/upkeep/check.js';
import { migrate, readMigrations } from '../../../src/store/migrate.js';
import { compact, repair } from '../../../src/store/upkeep/upkeep.js';
import { busyCapture } from '../../support/capture/busy.js';
import { frame, opened, START_US } from '../../support/capture/records.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { recordingStore } from '../../support/stores.js';

const options = { nowUs: (): number => START_US };
const migrations = readMigrations();

/** A busy capture after `sql` was run on it. */
function altered(sql: string): string {
  const path = scratchFile();
  busyCapture(path, { isEtf: true });
  Array.from(compact(path, options));
  const db = openSqlite(path);
  db.pragma('foreign_keys = OFF');
  db.unsafeMode(true).exec(sql);
  db.close();
  return path;
}

const told = ({ faults }: CheckReport): string[] => faults.map(({ check, detail }) => `${check}: ${detail}`);

describe('a check', () => {
  it('finds nothing in a sound file', () => {
    expect(checkDatabase(altered('SELECT 1'))).toEqual({
      schemaVersion: migrations.length,
      pendingMigrations: [],
      isBeingWritten: false,
      faults: [],
      notes: [],
    });
  });

  it.each([
    [
      'UPDATE minute_rollup SET frame_count = frame_count + 1 WHERE connection_id = 1',
      /rollups: the sums of the minute 2026-08-01T00:00:00.000Z are not those of its frames/,
    ],
    ['UPDATE hour_rollup SET wire_bytes = 0', /rollups: the sums of the hour/],
    ['DELETE FROM hour_rollup', /rollups: 1 hours have minutes, but no sums/],
    [
      'DELETE FROM minute_rollup WHERE minute_at_us > 1785542400000000',
      /rollups: there are \d+ more frames than/,
    ],
    [
      'UPDATE hour_rollup SET last_frame_id = first_frame_id WHERE frame_count > 1',
      /rollups: the sums of the hour/,
    ],
    [
      'UPDATE frame SET session_id = 99 WHERE id = 7',
      /foreign_keys: 1 rows of frame refer to rows of session that/,
    ],
    [
      'DELETE FROM packed_payload WHERE frame_id = 1',
      /bodies: 1 frames hold a payload whose body is not there/,
    ],
    ["INSERT INTO payload VALUES (1, '{}')", /bodies: 1 frames have their body twice/],
    [
      "INSERT INTO frame_bytes SELECT min(frame_id), x'83' FROM packed_frame_bytes",
      /bodies: 1 frames have their bytes twice/,
    ],
    [
      'DELETE FROM packed_frame_bytes WHERE frame_id = (SELECT min(frame_id) FROM packed_frame_bytes)',
      /bodies: the block \d+ of packed bodies/,
    ],
    ["UPDATE payload_block SET bytes = x'789c00' WHERE id = 1", /bodies: the block 1 of packed bodies/],
    ['UPDATE payload_block SET body_bytes = body_bytes - 1', /bodies: the block 1 of packed bodies/],
    [
      `INSERT INTO exchange VALUES (1, 1, 1, 2, 'GET', '/', '/', NULL, NULL, 200, NULL, '[]', NULL, 0, 0, NULL, 0, 0)`,
      /values: the list of headers of the REST call 1 is not a JSON object/,
    ],
    [
      `INSERT INTO exchange VALUES (1, 1, 1, 2, 'GET', '/', '/', NULL, NULL, 200, NULL, '{"a":1}', NULL, 0, 0, NULL, 0, 0)`,
      /values: the list of headers of the REST call 1 has a header that is not text/,
    ],
    ['PRAGMA application_id = 7', /application_id: the file's application_id is not/],
    ['DROP INDEX session_connection_by_session', /schema: index session_connection_by_session is missing/],
    ['ALTER TABLE gap ADD COLUMN more TEXT', /schema: table gap was altered/],
  ])('finds what `%s` breaks', (sql, found) => {
    const faults = told(checkDatabase(altered(sql)));
    expect(faults.filter((fault) => found.test(fault))).toHaveLength(1);
  });

  it('finds broken pages', () => {
    const path = scratchFile();
    busyCapture(path, { framesPerMinute: 400 });
    const file = openSync(path, 'r+');
    // The middle of a page full of rows: lengths and offsets no longer fit.
    writeSync(
      file,
      Buffer.alloc(3000, 0xff),
      0,
      3000,
      Math.floor(readFileSync(path).length / 2 / 8192) * 8192 + 2000,
    );
    closeSync(file);
    expect(told(checkDatabase(path, { isQuick: true })).join()).toMatch(/integrity/);
  });

  it('skips passes over all rows with --quick', () => {
    expect(checkDatabase(altered('UPDATE hour_rollup SET wire_bytes = 0'), { isQuick: true }).faults).toEqual(
      [],
    );
  });

  it('names pending migrations, and --repair applies them', () => {
    const path = scratchFile();
    const db = openSqlite(path);
    migrate(db, path, options.nowUs, migrations.slice(0, 1));
    db.close();
    const report = checkDatabase(path);
    expect(report.pendingMigrations).toEqual(migrations.slice(1).map(({ name }) => name));
    expect(told(report)).toEqual([expect.stringContaining('migrations: the schema is older')]);
    repair(path, options);
    expect(checkDatabase(path).faults).toEqual([]);
  });

  it('refuses a newer schema with both versions, and files other than databases', () => {
    const path = altered("INSERT INTO migration VALUES (99, '0099_later', 'x', 0)");
    expect(() => checkDatabase(path)).toThrow(
      `schema version 99, this gatetape knows versions up to ${migrations.length}`,
    );
    writeFileSync(path, 'not a database at all, but long enough to be looked at'.repeat(100));
    expect(() => checkDatabase(path)).toThrow(/is not a database/);
  });

  it('repairs sums', () => {
    const path = altered('UPDATE minute_rollup SET frame_count = 0; DELETE FROM hour_rollup');
    expect(checkDatabase(path).faults).not.toEqual([]);
    repair(path, options);
    expect(checkDatabase(path).faults).toEqual([]);
  });

  it('distinguishes a running capture from one that broke off', () => {
    const path = sampleCapture();
    const db = openSqlite(path);
    db.exec('UPDATE capture SET ended_at_us = NULL');
    db.close();
    const store = recordingStore(path);
    store.append([opened(), frame()]);
    const running = checkDatabase(path);
    expect(running.isBeingWritten).toBe(true);
    expect(running.notes.map(({ detail }) => detail)).toEqual([
      'capture 1 of 2026-08-01T00:00:00.000Z has no end: it broke off with its last frame at 2026-08-01T00:00:08.000Z and 1 connections open',
      'capture 2 is running',
    ]);
    store.close();
    expect(checkDatabase(path).notes).toHaveLength(1);
  });
});
