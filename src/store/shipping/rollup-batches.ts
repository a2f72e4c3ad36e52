/**
 * Roll-up batches: sums of frames per minute, connection, session and type, with the sizes of the frames, as they are
 * copied to a server.
 *
 * A batch has the sums of every minute that its frames are in, from the first frame of the minute to the last one of the
 * batch. So rows on a server are replaced by newer ones, and never added up. Where frames have changed their session, it
 * has rows of 0 frames for the places that they were in.
 */
import type { Database, Statement } from '../database.js';
import { MINUTE_US } from '../rollups.js';
import { SessionChanges, type SessionChange } from './session-changes.js';
import type { Shipped } from './ship-notes.js';

/** Sums over the frames of one minute, connection, session and type. */
export interface MinuteSum {
  readonly minuteAtUs: number;
  readonly connectionId: number;
  /** 0 for frames without a session. */
  readonly sessionId: number;
  readonly typeId: number;
  frames: number;
  /** Without partial frames, as in the roll-ups of the database. */
  wireBytes: number;
  payloadBytes: number;
  firstAtUs: number;
  lastAtUs: number;
  /** How many frames have a size: payload bytes, or wire bytes if there is no payload. */
  readonly sizes: Map<number, number>;
}

/** Rows to send, and what is on the server when they are. */
export interface RollupBatch {
  readonly rows: readonly MinuteSum[];
  readonly frames: number;
  readonly throughId: number;
  readonly throughChangeId: number;
}

type Narrow = readonly [
  id: number,
  connectionId: number,
  sessionId: number,
  typeId: number,
  atUs: number,
  wireBytes: number,
  payloadBytes: number | null,
];

type Place = Pick<MinuteSum, 'minuteAtUs' | 'connectionId' | 'sessionId' | 'typeId'>;

const NARROW = `id, connection_id, coalesce(session_id, 0), type_id, at_us, wire_bytes, payload_bytes`;

/** Minutes that are kept from one batch to the next. */
const KEPT_MINUTES = 3;

/** Ids that one statement looks at. */
const CHUNK = 10_000;

/** Sums of one minute by their places. */
type Minute = Map<string, MinuteSum>;

/** A place in which frames of a changed session are. */
interface ChangedPlace extends Place {
  readonly change: SessionChange;
}

/** Makes the batches of one database. */
export class RollupBatches {
  readonly #db: Database;
  readonly #changes: SessionChanges;
  readonly #minutes = new Map<number, Minute>();
  readonly #next: Statement<number[], Narrow>;
  readonly #within: Statement<number[], Narrow>;
  readonly #extent: Statement<[number], { readonly first: number | null; readonly last: number | null }>;
  readonly #changed: Statement<[Record<string, number | null>], Place>;
  readonly #partialTypes: Statement<[], number>;
  /** Id up to which the kept minutes have all frames. */
  #keptThrough = 0;

  constructor(db: Database) {
    this.#db = db;
    this.#changes = new SessionChanges(db);
    this.#next = db
      .prepare<number[], Narrow>(`SELECT ${NARROW} FROM frame WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`)
      .raw();
    this.#within = db
      .prepare<number[], Narrow>(
        `SELECT ${NARROW} FROM frame WHERE id BETWEEN ? AND ? AND at_us >= ? AND at_us < ?`,
      )
      .raw();
    this.#extent = db.prepare(
      'SELECT min(first_frame_id) AS first, max(last_frame_id) AS last FROM minute_rollup WHERE minute_at_us = ?',
    );
    this.#changed = db.prepare(
      `SELECT minute_at_us AS minuteAtUs, connection_id AS connectionId, session_id AS sessionId, type_id AS typeId
       FROM minute_rollup
       WHERE session_id = :session AND (:connection IS NULL OR connection_id = :connection)
         AND last_frame_id >= :first AND first_frame_id <= :sent`,
    );
    this.#partialTypes = db.prepare<[], number>(`SELECT id FROM frame_type WHERE status = 'partial'`).pluck();
  }

  /** Sums that are not on the server yet, of at most so many further frames, in one snapshot. */
  read({ throughId, throughChangeId, sentFrameId, untilFrameId }: Shipped, limit: number): RollupBatch {
    return this.#db.transaction(() => {
      const changes = this.#changes.list(throughChangeId);
      // Another process may have sent some since.
      if (changes.length > 0 || this.#keptThrough !== throughId) this.#minutes.clear();
      const rows = new Set<MinuteSum>();
      for (const place of this.#places(changes, sentFrameId)) this.#takeChanged(place, throughId, rows);
      const partial = new Set(this.#partialTypes.all());
      const frames = this.#next.all(throughId, untilFrameId, limit);
      for (const frame of frames)
        rows.add(addFrame(this.#minute(toMinute(frame[4]), throughId), frame, partial));
      const reached = frames.at(-1)?.[0] ?? throughId;
      this.#forget(reached);
      return {
        rows: [...rows],
        frames: frames.length,
        throughId: reached,
        throughChangeId: changes.at(-1)?.id ?? throughChangeId,
      };
    })();
  }

  *#places(changes: readonly SessionChange[], sent: number): Generator<ChangedPlace, void> {
    for (const change of changes) {
      const { toSession: session, connectionId: connection, firstFrameId: first } = change;
      for (const place of this.#changed.all({ session, connection, first, sent })) yield { ...place, change };
    }
  }

  /** Adds the sum of a place whose frames have changed their session, and a zero where they were. */
  #takeChanged({ change, ...place }: ChangedPlace, throughId: number, rows: Set<MinuteSum>): void {
    const minute = this.#minute(place.minuteAtUs, throughId);
    rows.add(sumAt(minute, place));
    rows.add(sumAt(minute, { ...place, sessionId: change.fromSession }));
  }

  #minute(minuteAtUs: number, throughId: number): Minute {
    const known = this.#minutes.get(minuteAtUs);
    if (known !== undefined) return known;
    const minute: Minute = new Map();
    const partial = new Set(this.#partialTypes.all());
    const { first = null, last = null } = this.#extent.get(minuteAtUs) ?? {};
    const end = Math.min(last ?? 0, throughId);
    for (let from = first ?? 1; from <= end; from += CHUNK) {
      const upTo = Math.min(from + CHUNK - 1, end);
      for (const frame of this.#within.all(from, upTo, minuteAtUs, minuteAtUs + MINUTE_US))
        addFrame(minute, frame, partial);
    }
    this.#minutes.set(minuteAtUs, minute);
    return minute;
  }

  #forget(throughId: number): void {
    this.#keptThrough = throughId;
    const newest = [...this.#minutes.keys()].sort((one, other) => other - one);
    for (const minuteAtUs of newest.slice(KEPT_MINUTES)) this.#minutes.delete(minuteAtUs);
  }
}

function toMinute(atUs: number): number {
  return Math.floor(atUs / MINUTE_US) * MINUTE_US;
}

function sumAt(minute: Minute, place: Place): MinuteSum {
  const key = `${place.connectionId}/${place.sessionId}/${place.typeId}`;
  let sum = minute.get(key);
  if (sum === undefined) {
    const { minuteAtUs, connectionId, sessionId, typeId } = place;
    const none = { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: 0, lastAtUs: 0 };
    sum = { minuteAtUs, connectionId, sessionId, typeId, ...none, sizes: new Map() };
    minute.set(key, sum);
  }
  return sum;
}

function addFrame(minute: Minute, frame: Narrow, partial: ReadonlySet<number>): MinuteSum {
  const [, connectionId, sessionId, typeId, atUs, wireBytes, payloadBytes] = frame;
  const sum = sumAt(minute, { minuteAtUs: toMinute(atUs), connectionId, sessionId, typeId });
  const size = payloadBytes ?? wireBytes;
  sum.firstAtUs = sum.frames === 0 ? atUs : Math.min(sum.firstAtUs, atUs);
  sum.lastAtUs = sum.frames === 0 ? atUs : Math.max(sum.lastAtUs, atUs);
  sum.frames += 1;
  // The frame that completes a payload has the bytes of all that carried it.
  if (!partial.has(typeId)) sum.wireBytes += wireBytes;
  sum.payloadBytes += payloadBytes ?? 0;
  sum.sizes.set(size, (sum.sizes.get(size) ?? 0) + 1);
  return sum;
}
