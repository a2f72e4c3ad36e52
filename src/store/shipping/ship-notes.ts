/**
 * Ship notes: what a database remembers of being copied to servers, namely its own id and how far each part was copied.
 *
 * The notes are written through a handle of their own, also while a recorder writes to the file: each is one short
 * transaction. So the lock of writers is not taken, and a recorder can begin at any time.
 */
import { statSync } from 'node:fs';
import { StoreError } from '../../errors.js';
import { closeWritable, openWritable, requireFile, type Database } from '../database.js';
import { isBeingWritten } from '../lock.js';
import { requireCurrent } from '../migrate.js';
import { guarded } from '../store-error.js';

/** Parts of a recording that are copied, each as far as it got. */
export const SHIP_TIERS = ['rollups', 'frames', 'bodies', 'heartbeats'] as const;

/** One of `SHIP_TIERS`. */
export type ShipTier = (typeof SHIP_TIERS)[number];

/** How far one part of the database was copied to a fleet. */
export interface Shipped {
  /** Everything up to this id of a frame, or of a heartbeat, is there. */
  readonly throughId: number;
  /** Changes of sessions up to this id are there. */
  readonly throughChangeId: number;
  /** Rows of frames up to this id can be there too: their sender may have died before it could note them. */
  readonly sentFrameId: number;
  /** Frames up to this id may be sent now. */
  readonly untilFrameId: number;
  /** Version of the rows that are sent next: greater than of all that were sent before. */
  readonly version: number;
}

/** How far some more of a part reaches. */
export type Reached = Pick<Shipped, 'throughId' | 'throughChangeId'>;

const UID_BYTES = 16;

/** The notes of one database. */
export class ShipNotes {
  readonly #db: Database;
  readonly #path: string;
  readonly #key: string | null;

  /** Throws StoreError if the file cannot be used, or is renamed meanwhile. */
  constructor(path: string) {
    requireFile(path);
    this.#path = path;
    this.#key = readFileKey(path);
    this.#db = openWritable(path, (db) => {
      requireCurrent(db, path);
      // SQLite opens the log by its name. After a rotation in between that is the log of another file.
      if (!this.#isInPlace()) throw new StoreError(`the database ${path} was renamed`, 'try again');
    });
    // The log of the database is folded in by its recorder, or when the file is closed.
    this.#db.pragma('wal_autocheckpoint = 0');
  }

  /** Id of the database in a fleet. Copies of the file keep it. */
  recorderUid(randomBytes: (count: number) => Uint8Array): string {
    return guarded(this.#path, () => {
      const made = Buffer.from(randomBytes(UID_BYTES)).toString('hex');
      this.#db.prepare('INSERT INTO recorder (id, uid) VALUES (1, ?) ON CONFLICT DO NOTHING').run(made);
      return this.#db.prepare<[], string>('SELECT uid FROM recorder').pluck().get() ?? made;
    });
  }

  /**
   * How far a part was copied, before some more of it is sent. The version is used up by that, whatever becomes of the
   * rows: what is sent later is newer.
   */
  begin(fleet: string, tier: ShipTier): Shipped {
    return guarded(this.#path, () =>
      this.#db
        .transaction(() => {
          const before = this.#find(fleet, tier);
          this.#db
            .prepare(
              `INSERT INTO shipment (fleet, tier, through_id, through_change_id, sent_frame_id, version)
               VALUES (:fleet, :tier, 0, (SELECT coalesce(max(id), 0) FROM session_change),
                 (SELECT coalesce(max(id), 0) FROM frame), 1)
               ON CONFLICT DO UPDATE SET version = version + 1, sent_frame_id = max(sent_frame_id, excluded.sent_frame_id)`,
            )
            .run({ fleet, tier });
          const after = this.#find(fleet, tier);
          if (after === null) throw new TypeError('a note was written and is not there');
          return { ...after, sentFrameId: before?.sentFrameId ?? 0 };
        })
        .immediate(),
    );
  }

  /** How far a part was copied; null before its first rows. */
  read(fleet: string, tier: ShipTier): Shipped | null {
    return guarded(this.#path, () => this.#find(fleet, tier));
  }

  /**
   * Notes that a part is on the server up to these ids. Throws StoreError if another process has begun to send it since:
   * its rows are newer, and perhaps were read earlier, so that they can lack what these have.
   */
  commit(fleet: string, tier: ShipTier, version: number, reached: Reached): void {
    const { throughId, throughChangeId } = reached;
    const { changes } = guarded(this.#path, () =>
      this.#db
        .prepare(
          `UPDATE shipment SET through_id = max(through_id, ?), through_change_id = max(through_change_id, ?)
           WHERE fleet = ? AND tier = ? AND version = ?`,
        )
        .run(throughId, throughChangeId, fleet, tier, version),
    );
    if (changes > 0) return;
    throw new StoreError(`another gatetape ships ${this.#path}, too`, 'let one of them do it');
  }

  #find(fleet: string, tier: ShipTier): Shipped | null {
    const row = this.#db
      .prepare<[string, string], Shipped>(
        `SELECT through_id AS throughId, through_change_id AS throughChangeId, sent_frame_id AS sentFrameId,
           sent_frame_id AS untilFrameId, version
         FROM shipment WHERE fleet = ? AND tier = ?`,
      )
      .get(fleet, tier);
    return row ?? null;
  }

  /** Closes the file, which becomes a single one unless it is being recorded or read. */
  close(): void {
    // SQLite deletes the log by its name, which is that of another file's log after a rotation.
    if (!this.#isInPlace() || isBeingWritten(this.#path)) this.#db.close();
    else closeWritable(this.#db);
  }

  #isInPlace(): boolean {
    return this.#key !== null && readFileKey(this.#path) === this.#key;
  }
}

/** What stays of the file at `path` when it is renamed, and no later file has; null if there is no file. */
export function readFileKey(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev} ${found.ino} ${found.birthtimeMs}`;
}
