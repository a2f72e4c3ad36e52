/**
 * Places of frames: the capture and the service of a connection and the shard of a session, which a frame's own row does not say.
 */
import type { Service } from '../gateway/services.js';
import type { Database, Statement } from './database.js';
import { readServiceName } from './filter-functions.js';

/** Place of a frame: the fields that a filter can test. */
export interface FramePlace {
  readonly captureId: number;
  readonly service: Service | 'gateway';
  readonly shardId: number | null;
}

type ConnectionPlace = Pick<FramePlace, 'captureId' | 'service'>;

/** Finds places, and keeps those of connections; a session may learn its shard later. */
export class FramePlaces {
  readonly #connection: Statement<[number], { readonly captureId: number; readonly url: string }>;
  readonly #shard: Statement<[number], number | null>;
  readonly #connections = new Map<number, ConnectionPlace>();

  constructor(db: Database) {
    this.#connection = db.prepare(
      'SELECT capture_id AS captureId, upstream_url AS url FROM connection WHERE id = ?',
    );
    this.#shard = db.prepare<[number], number | null>('SELECT shard_id FROM session WHERE id = ?').pluck();
  }

  /** Place of a frame. */
  find({ connectionId, sessionId }: { connectionId: number; sessionId: number | null }): FramePlace {
    return {
      ...this.#findConnection(connectionId),
      shardId: sessionId === null ? null : (this.#shard.get(sessionId) ?? null),
    };
  }

  #findConnection(connectionId: number): ConnectionPlace {
    const known = this.#connections.get(connectionId);
    if (known !== undefined) return known;
    const { captureId, url } = this.#connection.get(connectionId) ?? { captureId: 0, url: '' };
    const place = { captureId, service: readServiceName(url) };
    this.#connections.set(connectionId, place);
    return place;
  }
}
