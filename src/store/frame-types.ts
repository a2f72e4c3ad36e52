/**
 * Frame types: the dictionary of (sender, kind, status, op, event), which stores each combination once.
 *
 * A few hundred combinations occur, so a frame's row holds one small number instead of five values, and a filter on any
 * of the five is a set of numbers. Only the recorder uses this; the reader joins the table.
 */
import type { FrameKey } from '../capture/columns.js';
import { FrameKeyTable } from '../capture/frame-keys.js';
import type { Database, Statement } from './database.js';

/** One row of the dictionary. */
export interface FrameType extends FrameKey {
  readonly id: number;
}

/** Finds or makes the type of a frame. */
export class FrameTypes {
  readonly #select: Statement<[FrameKey], FrameType>;
  readonly #insert: Statement<[FrameKey]>;
  readonly #known = new FrameKeyTable<FrameType>();

  constructor(db: Database) {
    // In the words of the index, which holds null apart; a scan would let a peer that invents names slow us down.
    this.#select = db.prepare(
      `SELECT * FROM frame_type
       WHERE sender = :sender AND kind = :kind AND status = :status AND coalesce(op, -1) = coalesce(:op, -1)
         AND coalesce(event, '') = coalesce(:event, '') AND (event IS NULL) = (:event IS NULL)`,
    );
    this.#insert = db.prepare(
      'INSERT INTO frame_type (sender, kind, status, op, event) VALUES (:sender, :kind, :status, :op, :event)',
    );
  }

  /** Type of `frame`, made within the current transaction if it is new. */
  of(frame: FrameKey): FrameType {
    return this.#known.find(frame) ?? this.#learn(frame);
  }

  /** Forgets everything, after a rollback took rows away. */
  forget(): void {
    this.#known.clear();
  }

  #learn(frame: FrameKey): FrameType {
    const type = this.#findOrInsert(frame);
    this.#known.add(frame, type);
    return type;
  }

  #findOrInsert({ sender, kind, status, op, event }: FrameKey): FrameType {
    // A name with half a surrogate pair cannot be stored as UTF-8: this is how SQLite gives it back.
    const facts = { sender, kind, status, op, event: event === null ? null : Buffer.from(event).toString() };
    const known = this.#select.get(facts);
    if (known !== undefined) return known;
    return { id: Number(this.#insert.run(facts).lastInsertRowid), ...facts };
  }
}
