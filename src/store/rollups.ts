/**
 * Roll-ups: sums of frames per minute and per hour, connection, session and frame type.
 *
 * A tally collects one connection's frames in memory, a batch long; one upsert per row then adds it to both
 * tables. Roll-ups answer counts, bytes and rates, and say in which frame ids to look for something.
 */
import type { FrameRecord } from '../capture/records.js';
import type { Database, Statement } from './database.js';
import type { FrameType } from './frame-types.js';

/** Length of a minute in µs. */
export const MINUTE_US = 60_000_000;

/** Length of an hour in µs. */
export const HOUR_US = 3_600_000_000;

/** Sums over frames of one type. */
export interface RollupSums {
  count: number;
  wireBytes: number;
  payloadBytes: number;
  /** Bytes of the long forms of the frames' lengths, in their headers. */
  lengthBytes: number;
  firstAtUs: number;
  lastAtUs: number;
  firstFrameId: number;
  lastFrameId: number;
}

/** Sums of one connection's frames within one minute and one session. */
export class Tally {
  /** Start of the minute. */
  readonly minuteAtUs: number;
  /** 0 if there is no session. */
  readonly sessionId: number;
  readonly byType = new Map<FrameType, RollupSums>();
  /** Sequence number of the newest dispatch, or null. */
  lastSeq: number | null = null;

  constructor(atUs: number, sessionId: number) {
    this.minuteAtUs = atUs - (atUs % MINUTE_US);
    this.sessionId = sessionId;
  }

  /** Whether a frame of `sessionId` at `atUs` belongs in here. */
  covers(atUs: number, sessionId: number): boolean {
    return sessionId === this.sessionId && atUs >= this.minuteAtUs && atUs < this.minuteAtUs + MINUTE_US;
  }

  /** Adds a frame; ids come in ascending order. */
  add(type: FrameType, frame: FrameRecord, frameId: number): void {
    if (frame.seq !== null) this.lastSeq = frame.seq;
    const sums = this.byType.get(type);
    if (sums === undefined) this.byType.set(type, startSums(frame, frameId));
    else addTo(sums, frame, frameId);
  }
}

function startSums(frame: FrameRecord, frameId: number): RollupSums {
  return {
    count: 1,
    wireBytes: frame.wireBytes,
    payloadBytes: frame.payloadBytes ?? 0,
    lengthBytes: lengthBytesFor(frame.wireBytes),
    firstAtUs: frame.atUs,
    lastAtUs: frame.atUs,
    firstFrameId: frameId,
    lastFrameId: frameId,
  };
}

function addTo(sums: RollupSums, frame: FrameRecord, frameId: number): void {
  sums.count += 1;
  sums.wireBytes += frame.wireBytes;
  if (frame.payloadBytes !== null) sums.payloadBytes += frame.payloadBytes;
  sums.lengthBytes += lengthBytesFor(frame.wireBytes);
  if (frame.atUs < sums.firstAtUs) sums.firstAtUs = frame.atUs;
  if (frame.atUs > sums.lastAtUs) sums.lastAtUs = frame.atUs;
  sums.lastFrameId = frameId;
}

// RFC 6455 section 5.2.
function lengthBytesFor(wireBytes: number): number {
  return wireBytes < 126 ? 0 : wireBytes < 65_536 ? 2 : 8;
}

/** Which roll-ups a move concerns. */
export interface RollupMove {
  readonly fromSession: number;
  readonly toSession: number;
  /** Null for every connection. */
  readonly connectionId: number | null;
  readonly sinceUs: number;
  readonly untilUs: number;
}

/** Writes one of the two tables. */
export class RollupTable {
  readonly #bucketUs: number;
  readonly #add: Statement<number[]>;
  readonly #copy: Statement<[Record<string, number | null>]>;
  readonly #remove: Statement<[Record<string, number | null>]>;

  constructor(db: Database, name: 'minute' | 'hour') {
    const columns = `${name}_at_us, connection_id, session_id, type_id, frame_count, wire_bytes, payload_bytes,
      first_at_us, last_at_us, first_frame_id, last_frame_id`;
    const merge = `ON CONFLICT DO UPDATE SET
      frame_count = frame_count + excluded.frame_count,
      wire_bytes = wire_bytes + excluded.wire_bytes,
      payload_bytes = payload_bytes + excluded.payload_bytes,
      first_at_us = min(first_at_us, excluded.first_at_us),
      last_at_us = max(last_at_us, excluded.last_at_us),
      first_frame_id = min(first_frame_id, excluded.first_frame_id),
      last_frame_id = max(last_frame_id, excluded.last_frame_id)`;
    const moved = `FROM ${name}_rollup WHERE ${name}_at_us BETWEEN :since AND :until AND session_id = :from
      AND (:connection IS NULL OR connection_id = :connection)`;
    this.#bucketUs = name === 'minute' ? MINUTE_US : HOUR_US;
    this.#add = db.prepare(
      `INSERT INTO ${name}_rollup (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${merge}`,
    );
    this.#copy = db.prepare(
      `INSERT INTO ${name}_rollup (${columns}) SELECT ${columns.replace('session_id', ':to')} ${moved} ${merge}`,
    );
    this.#remove = db.prepare(`DELETE ${moved}`);
  }

  /** Adds a tally. */
  add(connectionId: number, tally: Tally): void {
    const bucket = tally.minuteAtUs - (tally.minuteAtUs % this.#bucketUs);
    for (const [type, sums] of tally.byType) {
      this.#add.run(
        bucket,
        connectionId,
        tally.sessionId,
        type.id,
        sums.count,
        type.status === 'partial' ? 0 : sums.wireBytes,
        sums.payloadBytes,
        sums.firstAtUs,
        sums.lastAtUs,
        sums.firstFrameId,
        sums.lastFrameId,
      );
    }
  }

  /** Gives roll-ups of one session to another. */
  move(move: RollupMove): void {
    const where = {
      from: move.fromSession,
      connection: move.connectionId,
      since: move.sinceUs - (move.sinceUs % this.#bucketUs),
      until: move.untilUs,
    };
    this.#copy.run({ ...where, to: move.toSession });
    this.#remove.run(where);
  }
}
