/**
 * Recovery report: the remains of a recorder that was killed.
 *
 * They are not faults: SQLite replays a left-over log, and a capture without an end simply has no end. While a process
 * writes, the newest capture is not left over but running.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Database } from '../database.js';
import { findLastRotated } from '../rotated-files.js';
import type { Finding } from './check-values.js';

interface Unfinished {
  readonly id: number;
  readonly startedAtUs: number;
  readonly connections: number;
  readonly lastAtUs: number | null;
}

const UNFINISHED = `SELECT id, started_at_us AS startedAtUs,
    (SELECT count(*) FROM connection WHERE capture_id = capture.id AND closed_at_us IS NULL) AS connections,
    (SELECT max(last_at_us) FROM hour_rollup
     WHERE connection_id IN (SELECT id FROM connection WHERE capture_id = capture.id)) AS lastAtUs
  FROM capture WHERE ended_at_us IS NULL`;

interface PutAside {
  readonly id: number;
  readonly startedAtUs: number;
  readonly putAsideAs: string | null;
}

const LAST = `SELECT id, started_at_us AS startedAtUs, put_aside_as AS putAsideAs
  FROM capture LEFT JOIN rotation ON capture_id = id ORDER BY id DESC LIMIT 1`;

/** How the last recording broke off; null if it has an end, or without a recording. `path` must not have a writer. */
export function describeLastBreak(db: Database, path: string): string | null {
  const row = db.prepare<[], Unfinished>(`${UNFINISHED} AND id = (SELECT max(id) FROM capture)`).get();
  return row === undefined ? describeBrokenRotation(db, path) : unfinished(row);
}

/**
 * A recording ends its capture before its file is put aside, and goes on in the next one. If it broke off between, the
 * file still has its place, or the next one has no capture.
 */
function describeBrokenRotation(db: Database, path: string): string | null {
  const last = db.prepare<[], PutAside>(LAST).get();
  if (last === undefined) {
    const file = findLastRotated(path);
    return file === null
      ? null
      : `no file continues the recording that was put aside as ${file}: it broke off`;
  }
  const { id, startedAtUs, putAsideAs } = last;
  if (putAsideAs === null || putAsideAs === basename(path)) return null;
  return `capture ${id} of ${time(startedAtUs)} was to be put aside as ${putAsideAs}, and was not: it broke off`;
}

/** Captures without an end, their connections that are open still, and a log that was not folded in. */
export function* recoveryNotes(db: Database, path: string, isBeingWritten: boolean): Generator<Finding> {
  const rows = db.prepare<[], Unfinished>(`${UNFINISHED} ORDER BY id`).all();
  for (const [index, row] of rows.entries()) {
    const isRunning = isBeingWritten && index === rows.length - 1;
    yield { check: 'recovery', detail: isRunning ? `capture ${row.id} is running` : unfinished(row) };
  }
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (walBytes > 0 && !isBeingWritten) {
    yield {
      check: 'recovery',
      detail: `${walBytes} bytes of ${path}-wal wait to be folded into the file, which the next writer does`,
    };
  }
}

function unfinished({ id, startedAtUs, connections, lastAtUs }: Unfinished): string {
  const last = lastAtUs === null ? 'without a frame' : `with its last frame at ${time(lastAtUs)}`;
  return `capture ${id} of ${time(startedAtUs)} has no end: it broke off ${last} and ${connections} connections open`;
}

function time(atUs: number): string {
  const date = new Date(atUs / 1000);
  // The check of values names a time that no calendar has.
  return Number.isNaN(date.getTime()) ? String(atUs) : date.toISOString();
}
