/**
 * Packed bodies: payloads and bytes that `compact` has compressed by the hundred, told by every handle as if they were
 * not.
 *
 * A handle that is prepared has the SQL functions `packed_body` and `packed_bytes` of `(bytes, at_byte, body_bytes)`, and
 * `payload`, `frame_bytes` and `frame_view` become views that know both places of a body. Other tools see packed bodies
 * as zlib data (RFC 1950): Python's `zlib.decompress(bytes)[at_byte:at_byte + body_bytes]` is one.
 */
import { unpackBytes } from '../wire/packed-bytes.js';
import type { Database } from './database.js';

/** What is packed: a column of a table. */
export interface BodyKind {
  readonly table: string;
  readonly column: string;
  /** Table that says in which block a packed one is, and where. */
  readonly packed: string;
  /** SQL function that takes one out of a block. */
  readonly unpack: string;
}

/** JSON text of payloads. */
const PAYLOADS: BodyKind = {
  table: 'payload',
  column: 'body',
  packed: 'packed_payload',
  unpack: 'packed_body',
};

/** Bytes of frames, documents in ETF above all. */
const FRAME_BYTES: BodyKind = {
  table: 'frame_bytes',
  column: 'bytes',
  packed: 'packed_frame_bytes',
  unpack: 'packed_bytes',
};

/** All that is packed, each into blocks of its own. */
export const BODY_KINDS: readonly BodyKind[] = [PAYLOADS, FRAME_BYTES];

/** Lets statements of this handle see packed bodies like any others. */
export function preparePackedBodies(db: Database): void {
  const deterministic = { deterministic: true };
  db.function(
    PAYLOADS.unpack,
    deterministic,
    blockReader((body) => body.toString('utf8')),
  );
  db.function(
    FRAME_BYTES.unpack,
    deterministic,
    blockReader((body) => body),
  );
  const view = db
    .prepare<[], string>("SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = 'frame_view'")
    .pluck()
    .get();
  const isPacking = db.prepare('SELECT 1 FROM main.sqlite_schema WHERE name = ?').get(FRAME_BYTES.packed);
  if (view === undefined || isPacking === undefined) return;
  // The views stand in memory; the file stays as it is.
  db.pragma('query_only = OFF');
  for (const kind of BODY_KINDS) db.exec(tableOfBoth(kind));
  db.exec(viewOfBoth(view));
  db.pragma('query_only = ON');
}

/** A view in the place of a table, with bodies from both places; by the frame, so that a join looks each up by its id. */
function tableOfBoth({ table, column, packed, unpack }: BodyKind): string {
  return `CREATE TEMP VIEW ${table} AS SELECT frame.id AS frame_id, coalesce(
      (SELECT ${column} FROM main.${table} WHERE frame_id = frame.id),
      (SELECT ${unpack}(payload_block.bytes, at_byte, ${packed}.body_bytes)
       FROM main.${packed} JOIN main.payload_block ON payload_block.id = block_id WHERE frame_id = frame.id)
    ) AS ${column} FROM main.frame
    WHERE EXISTS (SELECT 1 FROM main.${table} WHERE frame_id = frame.id)
       OR EXISTS (SELECT 1 FROM main.${packed} WHERE frame_id = frame.id)`;
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

/** An SQL function; it keeps the last block, as frames of one block are mostly read one after the other. */
function blockReader<Body>(
  toBody: (body: Buffer) => Body,
): (bytes: unknown, atByte: unknown, bodyBytes: unknown) => Body | null {
  let packed: Uint8Array = new Uint8Array();
  let bodies: Buffer | null = null;
  return (bytes, atByte, bodyBytes) => {
    if (!(bytes instanceof Uint8Array)) return null;
    if (Buffer.compare(packed, bytes) !== 0) {
      bodies = unpackBytes(bytes);
      packed = Uint8Array.from(bytes);
    }
    const start = Number(atByte);
    return bodies === null ? null : toBody(bodies.subarray(start, start + Number(bodyBytes)));
  };
}
