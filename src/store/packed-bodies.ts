/**
 * Packed bodies: payloads that `compact` has compressed by the hundred, told by every handle as if they were not.
 *
 * A handle that is prepared has the SQL function `packed_body(bytes, at_byte, body_bytes)`, and `payload` and
 * `frame_view` become views that know both places of a body. Other tools see packed bodies as zlib data (RFC 1950):
 * Python's `zlib.decompress(bytes)[at_byte:at_byte + body_bytes]` is one.
 */
import { unpackBytes } from '../wire/packed-bytes.js';
import type { Database } from './database.js';

const BODY = `coalesce(
    (SELECT body FROM main.payload WHERE frame_id = frame.id),
    (SELECT packed_body(payload_block.bytes, at_byte, packed_payload.body_bytes)
     FROM main.packed_payload JOIN main.payload_block ON payload_block.id = block_id WHERE frame_id = frame.id))`;

const PAYLOAD_OF_BOTH = `CREATE TEMP VIEW payload AS SELECT frame.id AS frame_id, ${BODY} AS body FROM main.frame
  WHERE EXISTS (SELECT 1 FROM main.payload WHERE frame_id = frame.id)
     OR EXISTS (SELECT 1 FROM main.packed_payload WHERE frame_id = frame.id)`;

/** Lets statements of this handle see packed bodies like any others. */
export function preparePackedBodies(db: Database): void {
  db.function('packed_body', { deterministic: true }, bodyReader());
  const view = db
    .prepare<[], string>("SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = 'frame_view'")
    .pluck()
    .get();
  const isPacking = db.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'packed_payload'").get();
  if (view === undefined || isPacking === undefined) return;
  // The views stand in memory; the file stays as it is.
  db.pragma('query_only = OFF');
  db.exec(PAYLOAD_OF_BOTH);
  db.exec(viewOfBoth(view));
  db.pragma('query_only = ON');
}

/** The file's own `frame_view`, with bodies from both places; joins that a query needs nothing of cost nothing. */
function viewOfBoth(sql: string): string {
  const both =
    'coalesce(payload.body, packed_body(payload_block.bytes, packed_payload.at_byte, packed_payload.body_bytes))';
  return `${sql
    .replace('CREATE VIEW', 'CREATE TEMP VIEW')
    .replaceAll('payload.body', both)
    .replace('JOIN payload ON', 'JOIN main.payload ON')}
    LEFT JOIN main.packed_payload ON packed_payload.frame_id = frame.id
    LEFT JOIN main.payload_block ON payload_block.id = packed_payload.block_id`;
}

/** The SQL function; it keeps the last block, as frames of one block are mostly read one after the other. */
function bodyReader(): (bytes: unknown, atByte: unknown, bodyBytes: unknown) => string | null {
  let packed: Uint8Array = new Uint8Array();
  let bodies: Buffer | null = null;
  return (bytes, atByte, bodyBytes) => {
    if (!(bytes instanceof Uint8Array)) return null;
    if (Buffer.compare(packed, bytes) !== 0) {
      bodies = unpackBytes(bytes);
      packed = Uint8Array.from(bytes);
    }
    const start = Number(atByte);
    return bodies?.toString('utf8', start, start + Number(bodyBytes)) ?? null;
  };
}
