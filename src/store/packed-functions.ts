/**
 * Packed functions: what lets a handle read packed bodies as unpacked.
 *
 * A prepared handle has SQL functions that take a body out of the block that was unpacked last, or out of another one,
 * whose bytes are read only then: copying them for each frame takes longer than unpacking them once. `payload`,
 * `frame_bytes` and `frame_view` become views that read both places of a body.
 */
import type { Needle } from '../filter/needles.js';
import { unpackStart } from '../wire/packed-bytes.js';
import { compileBlockSearch, type BlockSearch } from './block-search.js';
import type { Database } from './database.js';
import {
  BODY_KINDS,
  FRAME_BYTES,
  MAX_PACKED_BLOCK_BYTES,
  PAYLOADS,
  unpackBlock,
  type BodyKind,
} from './packed-bodies.js';
import { DamagedFile } from './store-error.js';

/** Lets statements of this handle see packed bodies like any others. The schema is one that the migrations made. */
export function preparePackedBodies(db: Database): void {
  addSearch(db, addFunctions(db, PAYLOADS));
  addFunctions(db, FRAME_BYTES);
  // The views are temporary; the file does not change.
  db.pragma('query_only = OFF');
  for (const kind of BODY_KINDS) db.exec(tableOfBoth(kind));
  db.exec(FRAME_VIEW_OF_BOTH);
  db.pragma('query_only = ON');
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

/** SQL of what a block is known by. */
const BLOCK_KEY = `payload_block.id, payload_block.first_frame_id, payload_block.last_frame_id,
  payload_block.body_bytes, octet_length(payload_block.bytes)`;

/** SQL of a packed body, where its place and its block are joined; null without a block. */
function unpackIn({ packed, unpack, type }: BodyKind): string {
  const place = `${BLOCK_KEY}, ${packed}.at_byte, ${packed}.body_bytes`;
  return `CAST(coalesce(${unpack}_kept(${place}), ${unpack}(${place}, payload_block.bytes)) AS ${type})`;
}

/**
 * SQL of the places of needles in a block of payloads, as an array in JSON; null for more than `MOST_HITS`, or if the
 * block is broken. The parameter is an array of needles in JSON.
 */
export const FIND_IN_BLOCK = `find_in_block(${BLOCK_KEY}, payload_block.bytes, ?)`;

/** Places of needles that are returned of a block. */
const MOST_HITS = 128;

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
function addFunctions(db: Database, { unpack }: BodyKind): KeptBlock {
  const block = new KeptBlock();
  // Direct-only: SQL in the file's schema cannot call them.
  const options = { directOnly: true };
  db.function(`${unpack}_kept`, options, (id, first, last, blockBytes, packedBytes, atByte, bodyBytes) =>
    block.isOf(id, first, last, blockBytes, packedBytes) ? block.take(atByte, bodyBytes) : null,
  );
  db.function(unpack, options, (id, first, last, blockBytes, packedBytes, atByte, bodyBytes, bytes) => {
    if (!(bytes instanceof Uint8Array)) return null;
    block.keep([id, first, last, blockBytes, packedBytes], bytes);
    return block.take(atByte, bodyBytes);
  });
  return block;
}

function addSearch(db: Database, block: KeptBlock): void {
  let compiledOf: unknown;
  let search: BlockSearch = () => null;
  db.function(
    'find_in_block',
    { directOnly: true },
    (id, first, last, blockBytes, packedBytes, bytes, needles) => {
      if (!(bytes instanceof Uint8Array)) return null;
      if (!block.isOf(id, first, last, blockBytes, packedBytes)) {
        block.keep([id, first, last, blockBytes, packedBytes], bytes);
      }
      const bodies = block.takeAll();
      if (compiledOf !== needles) {
        search = compileBlockSearch(JSON.parse(String(needles)) as readonly Needle[]);
        compiledOf = needles;
      }
      const hits = bodies === null ? null : search(bodies, MOST_HITS);
      return hits === null ? null : JSON.stringify(hits);
    },
  );
}

/** Part of a block that is unpacked at least, and that from which on all of it is. */
const LEAST_SHARE = 1 / 16;
const MOST_SHARE = 1 / 2;

/**
 * The block that was read last, unpacked as far as it was needed: bodies of rare types are at its start. Another
 * process can pack a block again without some of its bodies, or use its id for others: then its frames, or its bytes,
 * are no longer as many.
 */
class KeptBlock {
  #key: readonly unknown[] = [];
  #packed: Uint8Array | null = null;
  #bodies: Buffer | null = null;
  /** Part of the packed bytes that gave `#bodies`. */
  #share = 0;

  isOf(id: unknown, first: unknown, last: unknown, blockBytes: unknown, packedBytes: unknown): boolean {
    const key = this.#key;
    return (
      key[0] === id &&
      key[1] === first &&
      key[2] === last &&
      key[3] === blockBytes &&
      key[4] === packedBytes &&
      this.#packed !== null
    );
  }

  /** Keeps the block that `key` names: its id, first and last frame, bytes unpacked and packed. */
  keep(key: readonly unknown[], packed: Uint8Array): void {
    this.#key = key;
    this.#packed = packed;
    this.#bodies = null;
    this.#share = 0;
  }

  take(atByte: unknown, bodyBytes: unknown): Buffer {
    const start = Number(atByte);
    const end = start + Number(bodyBytes);
    if (!(start >= 0 && start <= end)) throw new DamagedFile(BROKEN);
    const bodies = this.#unpackTo(end);
    if (bodies === null || end > bodies.length) throw new DamagedFile(BROKEN);
    return bodies.subarray(start, end);
  }

  /** All of it; null if it is broken. */
  takeAll(): Buffer | null {
    return this.#unpackTo(this.#blockBytes);
  }

  get #blockBytes(): number {
    return Number(this.#key[3]);
  }

  /** Bodies up to `end` at least; fewer, or null, if the block is broken. */
  #unpackTo(end: number): Buffer | null {
    if (this.#packed === null || (this.#bodies !== null && end <= this.#bodies.length)) return this.#bodies;
    // The start of a block is packed less well than the rest.
    this.#share = Math.max(end / this.#blockBytes + LEAST_SHARE, 2 * this.#share);
    this.#bodies =
      this.#share < MOST_SHARE
        ? unpackStart(
            this.#packed,
            this.#share * this.#packed.length,
            Math.min(this.#blockBytes, MAX_PACKED_BLOCK_BYTES),
          )
        : null;
    if (this.#bodies === null || end > this.#bodies.length) {
      const whole = unpackBlock(this.#packed, this.#blockBytes);
      this.#bodies = whole && Buffer.from(whole.buffer, whole.byteOffset, whole.length);
    }
    return this.#bodies;
  }
}
