/** What a fleet has of a database: the same as the file, or the test fails. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { openReader } from '../../src/store/reader.js';
import type { FleetServer } from './fleet.js';
import { rowsOf } from './stores.js';

type Row = Readonly<Record<string, unknown>>;

function sorted(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.values(row))).sort();
}

const ROLLUPS = `SELECT minute_at_us, connection_id, session_id, sender, kind, status, op, event,
  frame_count, wire_bytes, payload_bytes, first_at_us, last_at_us
  FROM minute_rollup JOIN frame_type ON frame_type.id = type_id`;
const FRAMES = `SELECT frame.id, connection_id, coalesce(session_id, 0), frame_no, at_us, sender, kind, status, op, event, seq,
  wire_bytes, payload_bytes FROM frame JOIN frame_type ON frame_type.id = type_id`;
const HEARTBEATS = `SELECT id, connection_id, coalesce(session_id, 0), sent_at_us, acked_at_us FROM heartbeat`;

/** Id of a database in a fleet. */
export function uidOf(path: string): string {
  const [row] = rowsOf(path, 'SELECT uid FROM recorder');
  return String(row?.['uid']);
}

/** Throws unless the server has what the file has. */
export async function expectEqual(server: FleetServer, path: string): Promise<void> {
  const own = `WHERE recorder = '${uidOf(path)}'`;
  const rollups = await server.rows<Row>(
    `SELECT minute_at_us, connection_id, session_id, sender, kind, status, op, event, frames, wire_bytes, payload_bytes,
       first_at_us, last_at_us FROM gatetape.minute_rollup FINAL ${own} AND frames > 0`,
  );
  expect(sorted(rollups)).toEqual(sorted(rowsOf(path, ROLLUPS)));
  const frames = await server.rows<Row>(
    `SELECT frame_id, connection_id, session_id, frame_no, at_us, sender, kind, status, op, event, seq, wire_bytes,
       payload_bytes FROM gatetape.frame FINAL ${own}`,
  );
  expect(sorted(frames)).toEqual(sorted(rowsOf(path, FRAMES)));
  const heartbeats = await server.rows<Row>(
    `SELECT id, connection_id, session_id, sent_at_us, acked_at_us FROM gatetape.heartbeat FINAL ${own}`,
  );
  expect(sorted(heartbeats)).toEqual(sorted(rowsOf(path, HEARTBEATS)));
  const sizes = await server.rows<Row>(
    `SELECT sum(frames), sum(arraySum(size_counts)) FROM gatetape.minute_rollup FINAL ${own}`,
  );
  const [sum, counted] = Object.values(sizes[0] ?? {});
  expect(counted).toBe(sum);
  await expectSameTexts(server, path, own);
}

async function expectSameTexts(server: FleetServer, path: string, own: string): Promise<void> {
  const digest = (text: unknown): string => createHash('sha256').update(String(text)).digest('hex');
  const bodies = await server.rows<{ frame_id: number; body: string }>(
    `SELECT frame_id, body FROM gatetape.frame_body FINAL ${own}`,
  );
  const kept = rowsOf(path, 'SELECT frame_id, body FROM payload');
  expect(sorted(bodies.map(({ frame_id, body }) => ({ frame_id, body: digest(body) })))).toEqual(
    sorted(kept.map(({ frame_id, body }) => ({ frame_id, body: digest(body) }))),
  );
  using reader = openReader(path);
  const sessions = await server.rows<Row>(
    `SELECT id, alias, connections, resumes, last_seq, close_code, service FROM gatetape.session FINAL ${own}`,
  );
  const known = reader
    .sessions()
    .map((row) => [
      row.id,
      row.sessionAlias,
      row.connections,
      row.resumes,
      row.lastSeq,
      row.closeCode,
      row.service,
    ]);
  expect(sorted(sessions)).toEqual(known.map((row) => JSON.stringify(row)).sort());
}
