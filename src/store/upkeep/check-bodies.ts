/**
 * Check of the bodies: each frame that holds a payload has its body once, and each block of packed bodies unpacks to
 * the bytes that its frames name.
 */
import { unpackBytes } from '../../wire/packed-bytes.js';
import type { Database } from '../database.js';

interface BlockRow {
  readonly id: number;
  readonly bodyBytes: number;
  readonly bytes: Uint8Array;
  /** Where the last of its bodies ends. */
  readonly end: number | null;
}

/** What is wrong with the bodies, one sentence each. */
export function* bodyFaults(db: Database): Generator<string> {
  const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0;
  const [isPlain, isPacked] = ['payload', 'packed_payload'].map(
    (table) => `EXISTS (SELECT 1 FROM main.${table} WHERE frame_id = frame.id)`,
  );
  const isOk = "type_id IN (SELECT id FROM frame_type WHERE status = 'ok')";
  const missing = count(`SELECT count(*) FROM frame WHERE ${isOk} AND NOT ${isPlain} AND NOT ${isPacked}`);
  if (missing > 0) yield `${missing} frames hold a payload whose body is not there`;
  const twice = count(`SELECT count(*) FROM frame WHERE ${isPlain} AND ${isPacked}`);
  if (twice > 0) yield `${twice} frames have their body twice`;
  yield* blockFaults(db);
}

function* blockFaults(db: Database): Generator<string> {
  const blocks = db
    .prepare<[], BlockRow>(
      `SELECT id, body_bytes AS bodyBytes, bytes,
         (SELECT max(at_byte + body_bytes) FROM main.packed_payload
          WHERE frame_id BETWEEN first_frame_id AND last_frame_id AND block_id = payload_block.id) AS end
       FROM main.payload_block`,
    )
    .iterate();
  for (const block of blocks) {
    if (unpackBytes(block.bytes)?.length === block.bodyBytes && block.end === block.bodyBytes) continue;
    yield `the block ${block.id} of packed bodies does not hold what its frames name`;
  }
}
