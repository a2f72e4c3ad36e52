/**
 * Compactor: moves bodies out of their tables into blocks of packed bodies, a few blocks in each transaction.
 *
 * A block holds some hundred bodies of similar frames, so it becomes several times smaller than the bodies compressed
 * one by one. For how they are read see packed-functions.ts. A recorder packs old bodies of its own file, in full blocks.
 */
import { packBytes } from '../../wire/packed-bytes.js';
import type { Database } from '../database.js';
import { BODY_KINDS, MAX_PACKED_BLOCK_BYTES, type BodyKind } from '../packed-bodies.js';

/** Bytes of bodies that make a block: enough to be much the same, few enough to be unpacked for one frame (0.7 ms). */
const BLOCK_BYTES = 262_144;
/** Bytes of a body that may go into a block, as its last one. */
const BODY_BYTES = MAX_PACKED_BLOCK_BYTES - BLOCK_BYTES;
/** Blocks of one transaction: the loss if the process is killed, and the bound of memory. */
const BLOCKS = 4;
/** Rows that are read at a time, at most: a block of the smallest bodies. */
const ROWS = 2_000;

/** Result of a step. */
export interface Compacted {
  readonly bodies: number;
  readonly bodyBytes: number;
  /** Bytes that the blocks take. */
  readonly packedBytes: number;
}

interface BodyRow {
  readonly id: number;
  /** Null without a frame, which only a damaged file has. */
  readonly atUs: number | null;
  readonly typeId: number | null;
  readonly body: Uint8Array;
}

/** Bodies that are packed in one step. */
interface CompactScope {
  /** Bodies of frames from this time on are left as they are. */
  readonly beforeUs: number;
  /** Whether bodies that do not fill a block are left as well, because more will come. */
  readonly isFullOnly: boolean;
  readonly blocks: number;
}

const EVERYTHING: CompactScope = { beforeUs: Infinity, isFullOnly: false, blocks: BLOCKS };

/** Packs the oldest bodies from before `beforeUs`, a full block of each kind; returns whether there was one. */
export function compactOld(db: Database, beforeUs: number): boolean {
  const scope = { beforeUs, isFullOnly: true, blocks: 1 };
  return BODY_KINDS.map((kind) => compactNext(db, kind, scope)).some((packed) => packed !== null);
}

/** Packs the next blocks of a kind, in one transaction; null when every body in the scope is packed. */
export function compactNext(
  db: Database,
  kind: BodyKind,
  scope: CompactScope = EVERYTHING,
): Compacted | null {
  const next = db.prepare<[number, number], BodyRow>(
    `SELECT frame_id AS id, at_us AS atUs, type_id AS typeId, CAST(${kind.column} AS BLOB) AS body
     FROM ${kind.table} LEFT JOIN frame ON frame.id = frame_id
     WHERE frame_id > ? AND octet_length(${kind.column}) <= ${BODY_BYTES} ORDER BY frame_id LIMIT ?`,
  );
  return db
    .transaction((): Compacted | null => {
      let sum: Compacted = { bodies: 0, bodyBytes: 0, packedBytes: 0 };
      // What a recorder packs is the oldest, so that what is left before the last packed one is too large.
      let afterId = scope.isFullOnly ? findLastPacked(db, kind) : 0;
      for (let i = 0; i < scope.blocks; i++) {
        const rows = takeBlock(next.iterate(afterId, ROWS), scope);
        const last = rows.at(-1);
        if (last === undefined) break;
        afterId = last.id;
        sum = added(sum, storeBlock(db, kind, rows, last.id));
      }
      return sum.bodies === 0 ? null : sum;
    })
    .immediate();
}

function findLastPacked(db: Database, { packed }: BodyKind): number {
  return db.prepare<[], number | null>(`SELECT max(frame_id) FROM ${packed}`).pluck().get() ?? 0;
}

function takeBlock(bodies: Iterable<BodyRow>, { beforeUs, isFullOnly }: CompactScope): readonly BodyRow[] {
  const rows: BodyRow[] = [];
  let bytes = 0;
  for (const row of bodies) {
    if ((row.atUs ?? 0) >= beforeUs) break;
    rows.push(row);
    bytes += row.body.length;
    if (bytes >= BLOCK_BYTES) return rows;
  }
  return isFullOnly && rows.length < ROWS ? [] : rows;
}

function storeBlock(
  db: Database,
  { table, packed }: BodyKind,
  rows: readonly BodyRow[],
  lastId: number,
): Compacted {
  const byType = sortByType(rows);
  const bodies = Buffer.concat(byType.map(({ body }) => body));
  const bytes = packBytes(bodies);
  const firstId = rows[0]?.id ?? lastId;
  const blockId = db
    .prepare(
      'INSERT INTO payload_block (first_frame_id, last_frame_id, body_bytes, bytes) VALUES (?, ?, ?, ?)',
    )
    .run(firstId, lastId, bodies.length, bytes).lastInsertRowid;
  const place = db.prepare(
    `INSERT INTO ${packed} (frame_id, block_id, at_byte, body_bytes) VALUES (?, ?, ?, ?)`,
  );
  let end = 0;
  for (const { id, body } of byType) {
    place.run(id, blockId, end, body.length);
    end += body.length;
  }
  db.prepare(`DELETE FROM ${table} WHERE frame_id BETWEEN ? AND ?`).run(firstId, lastId);
  return { bodies: rows.length, bodyBytes: bodies.length, packedBytes: bytes.length };
}

/** Bodies of one type are alike, and compress best beside each other. The start of a block is read soonest: rare types first. */
function sortByType(rows: readonly BodyRow[]): readonly BodyRow[] {
  const sizes = new Map<number | null, number>();
  for (const { typeId, body } of rows) sizes.set(typeId, (sizes.get(typeId) ?? 0) + body.length);
  const size = ({ typeId }: BodyRow): number => sizes.get(typeId) ?? 0;
  return rows.toSorted((a, b) => size(a) - size(b) || (a.typeId ?? 0) - (b.typeId ?? 0));
}

function added(one: Compacted, other: Compacted): Compacted {
  return {
    bodies: one.bodies + other.bodies,
    bodyBytes: one.bodyBytes + other.bodyBytes,
    packedBytes: one.packedBytes + other.packedBytes,
  };
}
