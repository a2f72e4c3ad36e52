/**
 * Block rewriter: removes the bodies of some frames, of one kind, from their blocks of packed bodies.
 *
 * A deleted body must not stay readable inside a block, so a block with remaining bodies is packed again.
 */
import { packBytes } from '../../wire/packed-bytes.js';
import type { Database, Statement } from '../database.js';
import { unpackBlock, type BodyKind } from '../packed-bodies.js';
import { DamagedFile } from '../store-error.js';

/** A body in its block. */
interface Place {
  readonly frameId: number;
  readonly atByte: number;
  readonly bodyBytes: number;
}

interface BlockRow {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly bodyBytes: number;
}

/** Changes blocks within a transaction of the caller's. */
export class BlockRewriter {
  readonly #db: Database;
  readonly #packed: string;
  readonly #places: Statement<[number, number, number], Place>;
  readonly #bytes: Statement<[number], Uint8Array>;
  readonly #update: Statement<[number, number, number, Uint8Array, number]>;
  readonly #move: Statement<[number, number]>;
  readonly #remove: Statement<[number]>;

  constructor(db: Database, { packed }: BodyKind) {
    this.#db = db;
    this.#packed = packed;
    this.#places = db.prepare(
      `SELECT frame_id AS frameId, at_byte AS atByte, body_bytes AS bodyBytes FROM ${packed}
       WHERE frame_id BETWEEN ? AND ? AND block_id = ? ORDER BY at_byte, frame_id`,
    );
    this.#bytes = db.prepare<[number], Uint8Array>('SELECT bytes FROM payload_block WHERE id = ?').pluck();
    this.#update = db.prepare(
      'UPDATE payload_block SET first_frame_id = ?, last_frame_id = ?, body_bytes = ?, bytes = ? WHERE id = ?',
    );
    this.#move = db.prepare(`UPDATE ${packed} SET at_byte = ? WHERE frame_id = ?`);
    this.#remove = db.prepare('DELETE FROM payload_block WHERE id = ?');
  }

  /** Takes out the packed bodies of the frames that the query `ids` names. */
  leaveOut(ids: string): void {
    const blocks = this.#db
      .prepare<[], BlockRow>(
        `SELECT id, first_frame_id AS first, last_frame_id AS last, body_bytes AS bodyBytes FROM payload_block
         WHERE id IN (SELECT block_id FROM ${this.#packed} WHERE frame_id IN (${ids}))`,
      )
      .all();
    if (blocks.length === 0) return;
    this.#db.exec(`DELETE FROM ${this.#packed} WHERE frame_id IN (${ids})`);
    for (const block of blocks) this.#packAnew(block);
  }

  #packAnew({ id, first, last, bodyBytes: blockBytes }: BlockRow): void {
    const left = this.#places.all(first, last, id);
    if (left.length === 0) {
      this.#remove.run(id);
      return;
    }
    const bodies = unpackBlock(this.#bytes.get(id) ?? new Uint8Array(), blockBytes);
    if (bodies === null) throw new DamagedFile(`the block ${id} of packed bodies cannot be unpacked`);
    const pieces: Uint8Array[] = [];
    let end = 0;
    for (const { frameId, atByte, bodyBytes } of left) {
      pieces.push(bodies.subarray(atByte, atByte + bodyBytes));
      this.#move.run(end, frameId);
      end += bodyBytes;
    }
    const ids = left.map(({ frameId }) => frameId);
    this.#update.run(Math.min(...ids), Math.max(...ids), end, packBytes(Buffer.concat(pieces)), id);
  }
}
