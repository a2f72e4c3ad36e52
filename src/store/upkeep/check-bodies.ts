/**
 * Check of the bodies: each frame with a payload has its body once, no frame has one of another kind as well, each
 * block of packed bodies unpacks to the bytes that its frames name, and every payload is a JSON object in UTF-8.
 */
import type { Database } from '../database.js';
import { BODY_KINDS, PAYLOADS, unpackBlock } from '../packed-bodies.js';
import { findTextDefect } from '../payload-text.js';

interface BlockRow {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly bodyBytes: number;
  readonly bytes: Uint8Array;
  /** Bytes of the bodies that frames name in it; −1 if these are not contiguous, null if no frame names any. */
  readonly named: number | null;
}

/** Defects of the bodies, one sentence each. */
export function* findBodyDefects(db: Database): Generator<string> {
  const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0;
  const isIn = (table: string): string => `EXISTS (SELECT 1 FROM main.${table} WHERE frame_id = frame.id)`;
  const isOk = "type_id IN (SELECT id FROM frame_type WHERE status = 'ok')";
  const missing = count(
    `SELECT count(*) FROM frame WHERE ${isOk} AND NOT ${isIn('payload')} AND NOT ${isIn('packed_payload')}`,
  );
  if (missing > 0) yield `${missing} frames hold a payload whose body is not there`;
  for (const { table, column, packed } of BODY_KINDS) {
    const twice = count(`SELECT count(*) FROM frame WHERE ${isIn(table)} AND ${isIn(packed)}`);
    if (twice > 0) yield `${twice} frames have their ${column} twice`;
  }
  yield* findBlockDefects(db);
  const bodies = db
    .prepare<[], { id: number; body: Uint8Array }>(
      `SELECT frame_id AS id, CAST(body AS BLOB) AS body FROM main.${PAYLOADS.table} ORDER BY frame_id`,
    )
    .iterate();
  for (const { id, body } of bodies) yield* findPayloadDefect(id, body);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function* findPayloadDefect(frameId: number, body: Uint8Array): Generator<string> {
  const fault = isUtf8(body) ? findTextDefect(body) : 'is not UTF-8';
  if (fault !== null) yield `the payload of frame ${frameId} ${fault}`;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function* findBlockDefects(db: Database): Generator<string> {
  // A block holds one kind, so that the other names nothing in it.
  const named = BODY_KINDS.map(
    ({ packed }) =>
      `(SELECT iif(max(at_byte + body_bytes) <> sum(body_bytes), -1, sum(body_bytes)) FROM main.${packed}
        WHERE frame_id BETWEEN first_frame_id AND last_frame_id AND block_id = payload_block.id)`,
  );
  const blocks = db
    .prepare<[], BlockRow>(
      `SELECT id, first_frame_id AS first, last_frame_id AS last, body_bytes AS bodyBytes, bytes, coalesce(${named.join()}) AS named FROM main.payload_block`,
    )
    .iterate();
  const places = db.prepare<[number, number, number], { id: number; atByte: number; bodyBytes: number }>(
    `SELECT frame_id AS id, at_byte AS atByte, body_bytes AS bodyBytes FROM main.${PAYLOADS.packed}
     WHERE frame_id BETWEEN ? AND ? AND block_id = ? ORDER BY frame_id`,
  );
  for (const { id, first, last, bytes, bodyBytes, named: namedBytes } of blocks) {
    const bodies = unpackBlock(bytes, bodyBytes);
    if (bodies === null || namedBytes !== bodyBytes) {
      yield `the block ${id} of packed bodies does not hold what its frames name`;
      continue;
    }
    for (const place of places.iterate(first, last, id)) {
      yield* findPayloadDefect(place.id, bodies.subarray(place.atByte, place.atByte + place.bodyBytes));
    }
  }
}
