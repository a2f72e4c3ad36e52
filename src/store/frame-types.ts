/**
 * Frame types: the dictionary of (sender, kind, status, op, event), which says once what a frame is.
 *
 * A few hundred combinations occur, so a frame's row holds one small number instead of five values, and a
 * filter on any of the five is a set of numbers. Recorder side only; the reader joins the table.
 */
import type Sqlite from 'better-sqlite3';
import type { FrameRecord, FrameStatus } from '../capture/records.js';
import type { FrameKind, Sender } from '../wire/frame.js';
import type { Database } from './database.js';

/** One row of the dictionary. */
export interface FrameType {
  readonly id: number;
  readonly sender: Sender;
  readonly kind: FrameKind;
  readonly status: FrameStatus;
  readonly op: number | null;
  readonly event: string | null;
}

type Facts = Omit<FrameType, 'id'>;

/** How many are remembered before the dictionary starts anew: a peer may invent event names without end. */
const REMEMBERED = 20_000;

/** Finds or makes the type of a frame. */
export class FrameTypes {
  readonly #select: Sqlite.Statement<[Facts], FrameType>;
  readonly #insert: Sqlite.Statement<[Facts]>;
  // By op, then event; of the few that are left, the right one is found by looking.
  #byOp = new Map<number | null, Map<string | null, FrameType[]>>();
  #size = 0;

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
  of(frame: FrameRecord): FrameType {
    const alike = this.#byOp.get(frame.op)?.get(frame.event);
    if (alike !== undefined) {
      for (const type of alike) {
        if (type.sender === frame.sender && type.status === frame.status && type.kind === frame.kind)
          return type;
      }
    }
    return this.#learn(frame);
  }

  /** Forgets everything, after a rollback took rows away. */
  forget(): void {
    this.#byOp = new Map();
    this.#size = 0;
  }

  #learn(frame: FrameRecord): FrameType {
    if (this.#size >= REMEMBERED) this.forget();
    const type = this.#findOrInsert(frame);
    let byEvent = this.#byOp.get(frame.op);
    if (byEvent === undefined) this.#byOp.set(frame.op, (byEvent = new Map<string | null, FrameType[]>()));
    const alike = byEvent.get(frame.event);
    if (alike === undefined) byEvent.set(frame.event, [type]);
    else alike.push(type);
    this.#size += 1;
    return type;
  }

  #findOrInsert({ sender, kind, status, op, event }: Facts): FrameType {
    // A name with half a surrogate pair cannot be stored as UTF-8: this is how SQLite gives it back.
    const facts = { sender, kind, status, op, event: event === null ? null : Buffer.from(event).toString() };
    const known = this.#select.get(facts);
    if (known !== undefined) return known;
    return { id: Number(this.#insert.run(facts).lastInsertRowid), ...facts };
  }
}
