/**
 * Compactor: moves bodies out of their tables into blocks of packed bodies, a few blocks in each transaction.
 *
 * A block holds some hundred bodies of similar frames, so it becomes several times smaller than the bodies compressed
 * one by one. For how they are read see packed-functions.ts. A recorder packs old bodies of its own file, in full blocks.
 */
import { packBytes } from '../../wire/packed-bytes.js';
import type { Database, Statement } from '../database.js';
import { BODY_KINDS, MAX_PACKED_BLOCK_BYTES, type BodyKind } from '../packed-bodies.js';

/**
 * Bytes of bodies that make a block: enough to be much the same, few enough to be unpacked for one frame (0.4 ms), and to
 * be written again by `prune` within its room on a full disk.
 */
const BLOCK_BYTES = 524_288;
/** Bytes of a body that may go into a block, as its last one. */
const MOST_BODY_BYTES = MAX_PACKED_BLOCK_BYTES - BLOCK_BYTES;
/** Blocks of one transaction: the loss if the process is killed, and the bound of memory. */
const BLOCKS = 4;
/** Rows that are read at a time, at most: a block of the smallest bodies. */
const ROWS = 4_000;

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

/** The body is null if it is too large for a block. */
type CandidateRow = Omit<BodyRow, 'body'> & { readonly body: Uint8Array | null };

/** Bodies that are packed in one step. */
interface CompactScope {
  /** Bodies of frames from this time on are left as they are. */
  readonly beforeUs: number;
  /** Whether bodies that do not fill a block are left as well, because more will come. */
  readonly isFullOnly: boolean;
  readonly blocks: number;
}

const EVERYTHING: CompactScope = { beforeUs: Infinity, isFullOnly: false, blocks: BLOCKS };

/** Packs the bodies of one kind, the oldest first, and remembers how far it has come. */
export class Compactor {
  readonly #db: Database;
  readonly #kind: BodyKind;
  readonly #mostBodyBytes: number;
  readonly #next: Statement<[number, number, number], CandidateRow>;
  /** Bodies up to this frame are packed, or too large. */
  #doneId: number;

  /** `doneId`: frame up to which there is nothing to do; `mostBodyBytes`: size of a body that is packed at most. */
  constructor(db: Database, kind: BodyKind, doneId = 0, mostBodyBytes = MOST_BODY_BYTES) {
    const { table, column } = kind;
    this.#db = db;
    this.#kind = kind;
    this.#doneId = doneId;
    this.#mostBodyBytes = mostBodyBytes;
    this.#next = db.prepare(
      `SELECT frame_id AS id, at_us AS atUs, type_id AS typeId,
         iif(octet_length(${column}) <= ?, CAST(${column} AS BLOB), NULL) AS body
       FROM ${table} LEFT JOIN frame ON frame.id = frame_id WHERE frame_id > ? ORDER BY frame_id LIMIT ?`,
    );
  }

  /** Packs the next blocks, in one transaction; null if no body in the scope is left. */
  step(scope: CompactScope = EVERYTHING): Compacted | null {
    let doneId = this.#doneId;
    const sum = this.#db
      .transaction((): Compacted => {
        let compacted: Compacted = { bodies: 0, bodyBytes: 0, packedBytes: 0 };
        for (let missing = scope.blocks; missing > 0;) {
          const block = this.#takeBlock(doneId, scope);
          const isEmpty = block.rows.length === 0;
          if (isEmpty && block.doneId === doneId) break;
          doneId = block.doneId;
          if (isEmpty) continue;
          compacted = added(compacted, this.#store(block.rows));
          missing -= 1;
        }
        return compacted;
      })
      .immediate();
    this.#doneId = doneId;
    return sum.bodies === 0 ? null : sum;
  }

  /** Bodies of a block, perhaps none, and the frame up to which nothing is left to do then. */
  #takeBlock(
    afterId: number,
    { beforeUs, isFullOnly }: CompactScope,
  ): { readonly rows: readonly BodyRow[]; readonly doneId: number } {
    const rows: BodyRow[] = [];
    let bytes = 0;
    let [seen, doneId, tooLargeId] = [0, afterId, afterId];
    for (const row of this.#next.iterate(this.#mostBodyBytes, afterId, ROWS)) {
      if ((row.atUs ?? 0) >= beforeUs) break;
      seen += 1;
      doneId = row.id;
      if (!isPackable(row)) {
        if (rows.length === 0) tooLargeId = row.id;
        continue;
      }
      rows.push(row);
      bytes += row.body.length;
      if (bytes >= BLOCK_BYTES) return { rows, doneId };
    }
    if (seen === ROWS || !isFullOnly) return { rows, doneId };
    return { rows: [], doneId: tooLargeId };
  }

  #store(rows: readonly BodyRow[]): Compacted {
    const { table, column, packed } = this.#kind;
    const sorted = sortByType(rows);
    const bodies = Buffer.concat(sorted.map(({ body }) => body));
    const bytes = packBytes(bodies);
    const [firstId, lastId] = [rows[0]?.id ?? 0, rows.at(-1)?.id ?? 0];
    const blockId = this.#db
      .prepare(
        'INSERT INTO payload_block (first_frame_id, last_frame_id, body_bytes, bytes) VALUES (?, ?, ?, ?)',
      )
      .run(firstId, lastId, bodies.length, bytes).lastInsertRowid;
    const places = new Map<number, number>();
    let end = 0;
    for (const { id, body } of sorted) {
      places.set(id, end);
      end += body.length;
    }
    const place = this.#db.prepare(
      `INSERT INTO ${packed} (frame_id, block_id, at_byte, body_bytes) VALUES (?, ?, ?, ?)`,
    );
    // In the order of the ids: rows at the end of a table fill its pages.
    for (const { id, body } of rows) place.run(id, blockId, places.get(id), body.length);
    this.#db
      .prepare(`DELETE FROM ${table} WHERE frame_id BETWEEN ? AND ? AND octet_length(${column}) <= ?`)
      .run(firstId, lastId, this.#mostBodyBytes);
    return { bodies: rows.length, bodyBytes: bodies.length, packedBytes: bytes.length };
  }
}

/** Packs old bodies of every kind in a file that is recorded into. */
export class OldBodies {
  readonly #compactors: readonly Compactor[];

  /** What is left before the last packed body is too large: a recorder packs the oldest. */
  constructor(db: Database) {
    this.#compactors = BODY_KINDS.map((kind) => new Compactor(db, kind, findLastPacked(db, kind)));
  }

  /** Packs the oldest bodies from before `beforeUs`, a full block of each kind; returns whether there was one. */
  step(beforeUs: number): boolean {
    const scope = { beforeUs, isFullOnly: true, blocks: 1 };
    return this.#compactors.map((compactor) => compactor.step(scope)).some((packed) => packed !== null);
  }
}

function isPackable(row: CandidateRow): row is BodyRow {
  return row.body !== null;
}

function findLastPacked(db: Database, { packed }: BodyKind): number {
  return db.prepare<[], number | null>(`SELECT max(frame_id) FROM ${packed}`).pluck().get() ?? 0;
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
