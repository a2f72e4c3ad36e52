/**
 * Pruner: deletes frames minute by minute, a bounded number at a time, with all their dependent rows.
 *
 * The roll-ups of the minute and its hour are computed again in the same transaction, from the remaining frames, so
 * that sums and frames agree at every moment. Deletions are noted in the table `pruning`.
 */
import type { Database, Statement } from '../database.js';
import { BODY_KINDS } from '../packed-bodies.js';
import { BlockRewriter } from './block-rewriter.js';
import { prepareRebuild } from './rollup-scan.js';
import { MINUTE_US } from '../rollups.js';

/** Why frames are deleted. */
export type PruneReason = 'size' | 'age' | 'session';

/** Which frames of a minute to delete: those before a time, those of a session, or all. */
export interface PruneScope {
  readonly beforeUs?: number | undefined;
  readonly session?: number | undefined;
  /** Whether the file's newest frame stays, by which its recorder knows the file. */
  readonly keepsNewest?: boolean;
}

/** Sums over deleted frames. */
export interface Pruned {
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** Least number of frames to delete at a time, if a minute has as many. */
const LEAST_FRAMES = 2_000;
/** An eighth of a minute's frames is deleted at a time: each step scans all remaining frames of the minute once. */
const STEPS_PER_MINUTE = 8;
/** Bytes of payloads that are deleted at a time, about. */
const STEP_BYTES = 16_777_216;

const DOOMED = 'SELECT id FROM temp.doomed';

interface Minute {
  readonly first: number | null;
  readonly last: number | null;
  readonly frames: number;
  readonly bytes: number;
}

/** Deletes frames through one handle, and notes it in one row. */
export class Pruner {
  readonly #db: Database;
  readonly #noteId: number;
  readonly #rebuild: (minuteAtUs: number) => void;
  readonly #blocks: readonly BlockRewriter[];
  readonly #minute: Statement<[Record<string, number | null>], Minute>;
  readonly #choose: Statement<[Record<string, number | null>]>;
  readonly #sums: Statement<[], Pruned>;
  readonly #note: Statement<[Pruned & { readonly id: number }]>;
  readonly #remove: readonly Statement<[]>[];

  /** `nowUs`: when it began. */
  constructor(db: Database, reason: PruneReason, nowUs: number) {
    db.exec('CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY) STRICT');
    this.#db = db;
    this.#rebuild = prepareRebuild(db);
    this.#blocks = BODY_KINDS.map((kind) => new BlockRewriter(db, kind));
    this.#minute = db.prepare(
      `SELECT min(first_frame_id) AS first, max(last_frame_id) AS last, coalesce(sum(frame_count), 0) AS frames,
         coalesce(sum(payload_bytes), 0) AS bytes
       FROM minute_rollup WHERE minute_at_us = :minute AND (:session IS NULL OR session_id = :session)`,
    );
    this.#choose = db.prepare(
      `INSERT INTO temp.doomed SELECT id FROM frame
       WHERE id BETWEEN :first AND :last AND at_us >= :minute AND at_us < :end
         AND (:session IS NULL OR session_id = :session)
         AND (:keepsNewest = 0 OR id < (SELECT max(id) FROM frame))
       ORDER BY id LIMIT :limit`,
    );
    this.#sums = db.prepare(
      `SELECT count(*) AS frames, coalesce(sum(iif(status = 'partial', 0, wire_bytes)), 0) AS wireBytes,
         coalesce(sum(payload_bytes), 0) AS payloadBytes, min(at_us) AS firstAtUs, max(at_us) AS lastAtUs
       FROM frame JOIN frame_type ON frame_type.id = type_id WHERE frame.id IN (${DOOMED})`,
    );
    this.#remove = ['payload WHERE frame_id', 'frame_bytes WHERE frame_id', 'frame WHERE id'].map((rows) =>
      db.prepare(`DELETE FROM ${rows} IN (${DOOMED})`),
    );
    this.#noteId = Number(
      db
        .prepare(
          `INSERT INTO pruning (at_us, reason, frame_count, wire_bytes, payload_bytes) VALUES (?, ?, 0, 0, 0)`,
        )
        .run(nowUs, reason).lastInsertRowid,
    );
    this.#note = db.prepare(
      `UPDATE pruning SET frame_count = frame_count + :frames, wire_bytes = wire_bytes + :wireBytes,
         payload_bytes = payload_bytes + :payloadBytes,
         first_at_us = min(coalesce(first_at_us, :firstAtUs), :firstAtUs),
         last_at_us = max(coalesce(last_at_us, :lastAtUs), :lastAtUs)
       WHERE id = :id`,
    );
  }

  /** Deletes some of the frames of a minute that are in scope, the first ones, `mostFrames` at most, in one transaction. */
  step(minuteAtUs: number, scope: PruneScope = {}, mostFrames = Infinity): Pruned {
    const end = Math.min(minuteAtUs + MINUTE_US, scope.beforeUs ?? Infinity);
    const session = scope.session ?? null;
    return this.#db
      .transaction((): Pruned => {
        const minute = this.#minute.get({ minute: minuteAtUs, session });
        const { first = null, last = null } = minute ?? {};
        const limit = Math.min(stepFrames(minute), mostFrames);
        const keepsNewest = Number(scope.keepsNewest ?? false);
        this.#choose.run({ minute: minuteAtUs, end, session, first, last, limit, keepsNewest });
        const pruned = this.#sums.get();
        if (pruned === undefined || pruned.frames === 0) return NONE_PRUNED;
        for (const blocks of this.#blocks) blocks.leaveOut(DOOMED);
        for (const statement of this.#remove) statement.run();
        this.#rebuild(minuteAtUs);
        this.#note.run({ ...pruned, id: this.#noteId });
        this.#db.exec('DELETE FROM temp.doomed');
        return pruned;
      })
      .immediate();
  }
}

const NONE_PRUNED: Pruned = Object.freeze({
  frames: 0,
  wireBytes: 0,
  payloadBytes: 0,
  firstAtUs: null,
  lastAtUs: null,
});

/** Number of frames to delete in one step. */
function stepFrames(minute: Minute | undefined): number {
  if (minute === undefined || minute.frames === 0) return 0;
  const byBytes = Math.floor((STEP_BYTES * minute.frames) / Math.max(1, minute.bytes));
  return Math.max(1, Math.min(byBytes, Math.max(LEAST_FRAMES, Math.ceil(minute.frames / STEPS_PER_MINUTE))));
}
