/**
 * Places of frames: the capture of a connection and the shard of a session, which a frame's own row does not say.
 */
import type { Database, Statement } from './database.js';

/** Place of a frame: the fields that a filter can test. */
export interface FramePlace {
  readonly captureId: number;
  readonly shardId: number | null;
}

/** Finds places, and keeps those of connections; a session may learn its shard later. */
export class FramePlaces {
  readonly #capture: Statement<[number], number>;
  readonly #shard: Statement<[number], number | null>;
  readonly #captures = new Map<number, number>();

  constructor(db: Database) {
    this.#capture = db.prepare<[number], number>('SELECT capture_id FROM connection WHERE id = ?').pluck();
    this.#shard = db.prepare<[number], number | null>('SELECT shard_id FROM session WHERE id = ?').pluck();
  }

  /** Place of a frame. */
  find({ connectionId, sessionId }: { connectionId: number; sessionId: number | null }): FramePlace {
    return {
      captureId: this.#findCapture(connectionId),
      shardId: sessionId === null ? null : (this.#shard.get(sessionId) ?? null),
    };
  }

  #findCapture(connectionId: number): number {
    const known = this.#captures.get(connectionId);
    if (known !== undefined) return known;
    const captureId = this.#capture.get(connectionId) ?? 0;
    this.#captures.set(connectionId, captureId);
    return captureId;
  }
}
