/** Stores and readers for tests, closed when the test ends. */
import { randomBytes } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { CaptureStore, StoreHost } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { START_US } from './records.js';

export const storeHost: StoreHost = { nowUs: () => START_US, randomBytes };

export const captureInfo = { mode: 'reverse', upstream: 'wss://u', api: 'https://a', redaction: 'secrets' };

/** A store at `path` with a capture begun. */
export function recordingStore(path: string): CaptureStore {
  const store = openStore(path, storeHost);
  onTestFinished(() => store.close());
  store.beginCapture(captureInfo);
  return store;
}

/** Rows of a query on a handle of its own, beside the store: what any SQLite tool would see. */
export function rowsOf(path: string, sql: string, ...values: unknown[]): Record<string, unknown>[] {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.prepare<unknown[], Record<string, unknown>>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Throws unless every reference in the database leads to a row, and the file is sound. */
export function expectSound(path: string): void {
  const db = new Sqlite(path, { readonly: true });
  try {
    const strays = db.pragma('foreign_key_check') as unknown[];
    const faults = db.pragma('integrity_check', { simple: true });
    if (strays.length > 0 || faults !== 'ok') throw new Error(JSON.stringify({ strays, faults }));
  } finally {
    db.close();
  }
}
