/**
 * Check of the bodies: each frame that holds a payload has its body once, none has one of another kind twice, and each
 * block of packed bodies unpacks to the bytes that its frames name.
 */
import type { Database } from '../database.js';
import { BODY_KINDS, unpackBlock } from '../packed-bodies.js';

interface BlockRow {
  readonly id: number;
  readonly bodyBytes: number;
  readonly bytes: Uint8Array;
  /** Bytes of the bodies that frames name in it; −1 where these are not one after the other, null where none does. */
  readonly named: number | null;
}

/** What is wrong with the bodies, one sentence each. */
export function* bodyFaults(db: Database): Generator<string> {
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
  yield* blockFaults(db);
}

function* blockFaults(db: Database): Generator<string> {
  // A block holds one kind, so that the other names nothing in it.
  const named = BODY_KINDS.map(
    ({ packed }) =>
      `(SELECT iif(max(at_byte + body_bytes) <> sum(body_bytes), -1, sum(body_bytes)) FROM main.${packed}
        WHERE frame_id BETWEEN first_frame_id AND last_frame_id AND block_id = payload_block.id)`,
  );
  const blocks = db
    .prepare<[], BlockRow>(
      `SELECT id, body_bytes AS bodyBytes, bytes, coalesce(${named.join()}) AS named FROM main.payload_block`,
    )
    .iterate();
  for (const block of blocks) {
    if (unpackBlock(block.bytes, block.bodyBytes) !== null && block.named === block.bodyBytes) continue;
    yield `the block ${block.id} of packed bodies does not hold what its frames name`;
  }
}
