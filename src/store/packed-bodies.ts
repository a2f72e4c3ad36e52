/**
 * Packed bodies: payloads and bytes that `compact` has compressed in blocks of hundreds; every handle reads them as
 * unpacked.
 *
 * A prepared handle has SQL functions that take a body out of the block that was unpacked last, or out of another one,
 * whose bytes are read only then: copying them for each frame takes longer than unpacking them once. `payload`,
 * `frame_bytes` and `frame_view` become views that read both places of a body. Other tools see packed bodies as zlib data
 * (RFC 1950); in Python: `zlib.decompress(bytes)[at_byte:at_byte + body_bytes]`.
 */
import { unpackBytes } from '../wire/packed-bytes.js';
import type { Database } from './database.js';
import { DamagedFile } from './store-error.js';

/** A kind of packed body: a column of a table. */
export interface BodyKind {
  readonly table: string;
  readonly column: string;
  /** Table with the block of each packed body, and its place in the block. */
  readonly packed: string;
  /** SQL function that takes one out of a block; with `_kept`, out of the block that was unpacked last, or null. */
  readonly unpack: string;
}

/** JSON text of payloads. */
export const PAYLOADS: BodyKind = {
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

/** Plain bytes of a block at most. `compact` ends one at 256 KiB, or after the one body that takes it beyond. */
export const MAX_PACKED_BLOCK_BYTES = 256 * 1024 * 1024;

/** Lets statements of this handle see packed bodies like any others. The schema is one that the migrations made. */
export function preparePackedBodies(db: Database): void {
  const toText = (body: Uint8Array): string =>
    Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  addFunctions(db, PAYLOADS, toText);
  addFunctions(db, FRAME_BYTES, (body) => body);
  // The views are temporary; the file does not change.
  db.pragma('query_only = OFF');
  for (const kind of BODY_KINDS) db.exec(tableOfBoth(kind));
  db.exec(FRAME_VIEW_OF_BOTH);
  db.pragma('query_only = ON');
}

/** Bodies of a block whose row names `bodyBytes` as their size; null if the block holds anything else. */
export function unpackBlock(bytes: Uint8Array, bodyBytes: number): Uint8Array | null {
  if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > MAX_PACKED_BLOCK_BYTES) return null;
  const bodies = unpackBytes(bytes, bodyBytes);
  return bodies?.length === bodyBytes ? bodies : null;
}

/** A view in the place of a table, with bodies from both places; by the frame, so that a join looks each up by its id. */
function tableOfBoth(kind: BodyKind): string {
  const { table, column, packed } = kind;
  return `CREATE TEMP VIEW ${table} AS SELECT frame.id AS frame_id, ${selectBody(kind)} AS ${column} FROM main.frame
    WHERE EXISTS (SELECT 1 FROM main.${table} WHERE frame_id = frame.id)
       OR EXISTS (SELECT 1 FROM main.${packed} WHERE frame_id = frame.id)`;
}

/** SQL of a body of the row of `frame` around it, from either place; null without a body. */
function selectBody(kind: BodyKind): string {
  const { table, column, packed } = kind;
  return `coalesce(
    (SELECT ${column} FROM main.${table} WHERE frame_id = frame.id),
    (SELECT ${unpackIn(kind)}
     FROM main.${packed} JOIN main.payload_block ON payload_block.id = block_id WHERE frame_id = frame.id))`;
}

/** SQL of a packed body, where its place and its block are joined; null without a block. */
function unpackIn({ packed, unpack }: BodyKind): string {
  const place = `payload_block.id, payload_block.first_frame_id, payload_block.last_frame_id, payload_block.body_bytes,
    octet_length(payload_block.bytes), ${packed}.at_byte, ${packed}.body_bytes`;
  return `coalesce(${unpack}_kept(${place}), ${unpack}(${place}, payload_block.bytes))`;
}

/** SQL of the payload of the row of `frame` around it. */
export const SELECT_PAYLOAD = selectBody(PAYLOADS);

const BODY = `coalesce(payload.body, ${unpackIn(PAYLOADS)})`;

/** `frame_view` of the migrations, with bodies from both places; joins that a query needs nothing of cost nothing. */
const FRAME_VIEW_OF_BOTH = `CREATE TEMP VIEW frame_view AS
SELECT
  frame.id,
  strftime('%Y-%m-%d %H:%M:%S', frame.at_us / 1000000, 'unixepoch')
    || printf('.%06d', frame.at_us % 1000000) AS at_utc,
  frame.connection_id,
  frame.session_id,
  frame.frame_no,
  frame_type.sender,
  frame_type.kind,
  frame_type.op,
  opcode.name AS op_name,
  frame_type.event,
  frame.seq,
  frame.wire_bytes,
  frame.payload_bytes,
  frame_type.status,
  coalesce(
    ${BODY} ->> '$.d.guild_id',
    iif(frame_type.event IN ('GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'), ${BODY} ->> '$.d.id', NULL)
  ) AS guild_id,
  coalesce(
    ${BODY} ->> '$.d.channel_id',
    iif(frame_type.event IN ('CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE',
                             'THREAD_CREATE', 'THREAD_UPDATE', 'THREAD_DELETE'), ${BODY} ->> '$.d.id', NULL)
  ) AS channel_id,
  coalesce(
    ${BODY} ->> '$.d.user_id', ${BODY} ->> '$.d.author.id',
    ${BODY} ->> '$.d.user.id', ${BODY} ->> '$.d.member.user.id'
  ) AS user_id,
  ${BODY} ->> '$.d.nonce' AS nonce,
  ${BODY} ->> '$.d.heartbeat_interval' AS heartbeat_interval_ms,
  ${BODY} AS payload
FROM main.frame
JOIN main.frame_type ON frame_type.id = frame.type_id
LEFT JOIN main.opcode ON opcode.op = frame_type.op
LEFT JOIN main.payload ON payload.frame_id = frame.id
LEFT JOIN main.packed_payload ON packed_payload.frame_id = frame.id
LEFT JOIN main.payload_block ON payload_block.id = packed_payload.block_id`;

const BROKEN = 'a block of packed bodies does not hold what its row says';

/** Adds both functions of a kind; they keep the last block, as frames of one block are mostly read one after the other. */
function addFunctions(
  db: Database,
  { unpack }: BodyKind,
  toBody: (body: Uint8Array) => string | Uint8Array,
): void {
  const block = new KeptBlock();
  // Direct-only: SQL in the file's schema cannot call them.
  db.function(
    `${unpack}_kept`,
    { directOnly: true },
    (id, first, last, blockBytes, packedBytes, atByte, bodyBytes) =>
      block.isOf(id, first, last, blockBytes, packedBytes) ? toBody(block.take(atByte, bodyBytes)) : null,
  );
  db.function(
    unpack,
    { directOnly: true },
    (id, first, last, blockBytes, packedBytes, atByte, bodyBytes, bytes) => {
      if (!(bytes instanceof Uint8Array)) return null;
      block.unpack([id, first, last, blockBytes, packedBytes], bytes, Number(blockBytes));
      return toBody(block.take(atByte, bodyBytes));
    },
  );
}

/**
 * The block that was unpacked last. Another process can pack a block again without some of its bodies, or use its id for
 * others: then its frames, or its bytes, are no longer as many.
 */
class KeptBlock {
  #key: readonly unknown[] = [];
  #bodies: Uint8Array | null = null;

  isOf(id: unknown, first: unknown, last: unknown, blockBytes: unknown, packedBytes: unknown): boolean {
    const key = this.#key;
    return (
      key[0] === id &&
      key[1] === first &&
      key[2] === last &&
      key[3] === blockBytes &&
      key[4] === packedBytes &&
      this.#bodies !== null
    );
  }

  unpack(key: readonly unknown[], bytes: Uint8Array, blockBytes: number): void {
    this.#key = key;
    this.#bodies = unpackBlock(bytes, blockBytes);
  }

  take(atByte: unknown, bodyBytes: unknown): Uint8Array {
    const start = Number(atByte);
    const end = start + Number(bodyBytes);
    if (this.#bodies === null || !(start >= 0 && start <= end && end <= this.#bodies.length))
      throw new DamagedFile(BROKEN);
    return this.#bodies.subarray(start, end);
  }
}
