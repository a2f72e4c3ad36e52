/** Stores and readers for tests, closed when the test ends. */
import { randomBytes } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { openReader, type CaptureReader } from '../../src/store/reader.js';
import { openSqlite } from '../../src/store/sqlite.js';
import type { CaptureStore, StoreHost } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { START_US } from './capture/records.js';
import { scratchFile } from './scratch.js';

export const storeHost: StoreHost = { nowUs: () => START_US, randomBytes };

export const captureInfo = { mode: 'reverse', upstream: 'wss://u', api: 'https://a', redaction: 'secrets' };

/** A handle that is closed when the test ends: until then nothing frees its memory and its files, not even the collector. */
export function openForTest(path = ':memory:', options: Sqlite.Options = {}): Sqlite.Database {
  const db = openSqlite(path, options);
  onTestFinished(() => void db.close());
  return db;
}

/** A store at `path` with a capture begun. */
export function recordingStore(
  path: string,
  whenFinished: (close: () => void) => void = onTestFinished,
): CaptureStore {
  const store = openStore(path, storeHost);
  whenFinished(() => store.close());
  store.beginCapture(captureInfo);
  return store;
}

/** Path of a closed database with a capture of these records. */
export function storeRecords(
  records: readonly CaptureRecord[],
  path = scratchFile(),
  whenFinished: (close: () => void) => void = onTestFinished,
): string {
  const store = recordingStore(path, whenFinished);
  store.append(records);
  store.close();
  return path;
}

/** A reader over batches that a store has just written and may go on writing. */
export function readerOf(...batches: readonly CaptureRecord[][]): CaptureReader {
  const path = scratchFile();
  const store = recordingStore(path);
  for (const batch of batches) store.append(batch);
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

/** Rows of a query on a handle of its own, beside the store: what any SQLite tool would see. */
export function rowsOf(path: string, sql: string, ...values: unknown[]): Record<string, unknown>[] {
  const db = openSqlite(path, { readonly: true });
  try {
    return db.prepare<unknown[], Record<string, unknown>>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Throws unless every reference in the database leads to a row, and the file is sound. */
export function expectSound(path: string): void {
  const db = openSqlite(path, { readonly: true });
  try {
    const strays = db.pragma('foreign_key_check') as unknown[];
    const faults = db.pragma('integrity_check', { simple: true });
    if (strays.length > 0 || faults !== 'ok') throw new Error(JSON.stringify({ strays, faults }));
  } finally {
    db.close();
  }
}

const SUMS = 'frame_count, wire_bytes, payload_bytes, first_at_us, last_at_us';

/** What the roll-ups must say, by a scan of the frames; their id ranges may be wider. */
const SCAN = (bucketUs: number): string => `
  SELECT at_us / ${bucketUs} * ${bucketUs} AS bucket, connection_id, coalesce(session_id, 0) AS session_id, type_id,
    count(*) AS frame_count, sum(iif(status = 'partial', 0, wire_bytes)) AS wire_bytes,
    coalesce(sum(payload_bytes), 0) AS payload_bytes, min(at_us) AS first_at_us, max(at_us) AS last_at_us
  FROM frame JOIN frame_type ON frame_type.id = type_id
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;

/** Frames that the id range of their roll-up misses. */
const MISSED = (name: string, bucketUs: number): string => `
  SELECT frame.id FROM frame LEFT JOIN ${name}_rollup AS rollup
    ON rollup.${name}_at_us = at_us / ${bucketUs} * ${bucketUs} AND rollup.connection_id = frame.connection_id
      AND rollup.session_id = coalesce(frame.session_id, 0) AND rollup.type_id = frame.type_id
      AND frame.id BETWEEN first_frame_id AND last_frame_id
  WHERE rollup.type_id IS NULL`;

/** Fails unless both roll-up tables say what a scan says, and the file is sound. */
export function expectConsistent(path: string): void {
  expectSound(path);
  for (const [name, us] of [
    ['minute', 60_000_000],
    ['hour', 3_600_000_000],
  ] as const) {
    const rollups = `SELECT ${name}_at_us AS bucket, connection_id, session_id, type_id, ${SUMS} FROM ${name}_rollup`;
    expect(rowsOf(path, `${rollups} ORDER BY 1, 2, 3, 4`)).toEqual(rowsOf(path, SCAN(us)));
    expect(rowsOf(path, MISSED(name, us))).toEqual([]);
  }
}
