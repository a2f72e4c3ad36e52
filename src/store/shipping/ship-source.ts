/**
 * Ship source: reads what is copied to a server, in batches, from a database that may be recorded at the same time.
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import { parseClose } from '../../wire/websocket.js';
import type { Database, Statement } from '../database.js';
import { readServiceName, type ServiceName } from '../filter-functions.js';
import type { FrameType } from '../frame-types.js';
import { listConnections, listSessions, type ConnectionRow, type SessionRow } from '../listings.js';
import { requirePayloadText } from '../payload-text.js';
import { openChecked } from '../reader.js';
import { DamagedFile, guarded } from '../store-error.js';
import { CaptureRowReader, type CaptureRows } from './capture-rows.js';
import { RollupBatches, type RollupBatch } from './rollup-batches.js';
import { SessionChanges } from './session-changes.js';
import type { Shipped } from './ship-notes.js';

/** A frame as it is copied. */
export interface ShippedFrame {
  readonly id: number;
  readonly connectionId: number;
  /** 0 without a session. */
  readonly sessionId: number;
  readonly typeId: number;
  readonly frameNo: number;
  readonly atUs: number;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
}

/** Rows to send, and what is on the server when they are. */
export interface ShipBatch<Row> {
  readonly rows: readonly Row[];
  readonly throughId: number;
  readonly throughChangeId: number;
}

/** A payload as it is copied. */
export interface ShippedBody {
  readonly id: number;
  readonly atUs: number;
  readonly body: string;
}

/** A heartbeat as it is copied. */
export interface ShippedHeartbeat {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number;
  readonly sentAtUs: number;
  readonly ackedAtUs: number | null;
}

/** One row of deleted frames. */
export interface ShippedPruning {
  readonly id: number;
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

interface BodyRow {
  readonly id: number;
  readonly atUs: number;
  readonly status: string;
  readonly body: unknown;
}

/** Bytes of the bodies of one batch, about. */
const BODY_BYTES = 8_388_608;

const FRAME = `id, connection_id AS connectionId, coalesce(session_id, 0) AS sessionId, type_id AS typeId,
  frame_no AS frameNo, at_us AS atUs, seq, wire_bytes AS wireBytes, payload_bytes AS payloadBytes`;

const HEARTBEAT = `id, connection_id AS connectionId, coalesce(session_id, 0) AS sessionId, sent_at_us AS sentAtUs,
  acked_at_us AS ackedAtUs`;

/** One database, read for a server. */
export class ShipSource {
  readonly #db: Database;
  readonly #path: string;
  readonly #rollups: RollupBatches;
  readonly #changes: SessionChanges;
  readonly #captureRows: CaptureRowReader;
  readonly #types = new Map<number, FrameType>();
  readonly #services = new Map<number, ServiceName>();
  readonly #frames: Statement<[number, number], ShippedFrame>;
  readonly #changedFrames: Statement<[Record<string, number | null>], ShippedFrame>;
  readonly #bodies: Statement<[number, number], BodyRow>;
  readonly #bytes: Statement<[number], Uint8Array>;

  constructor(path: string) {
    this.#path = path;
    this.#db = openChecked(path);
    this.#rollups = new RollupBatches(this.#db);
    this.#changes = new SessionChanges(this.#db);
    this.#captureRows = new CaptureRowReader(this.#db);
    this.#frames = this.#db.prepare(`SELECT ${FRAME} FROM frame WHERE id > ? ORDER BY id LIMIT ?`);
    this.#changedFrames = this.#db.prepare(
      `SELECT ${FRAME} FROM frame WHERE session_id = :session AND (:connection IS NULL OR connection_id = :connection)
         AND id BETWEEN :first AND :through
         AND id BETWEEN (SELECT min(first_frame_id) FROM hour_rollup WHERE session_id = :session)
                    AND (SELECT max(last_frame_id) FROM hour_rollup WHERE session_id = :session)`,
    );
    // One statement for a batch takes a quarter of the time of one for each payload.
    this.#bodies = this.#db.prepare(
      `SELECT frame.id, at_us AS atUs, status, body FROM frame LEFT JOIN frame_type ON frame_type.id = type_id
       LEFT JOIN payload ON payload.frame_id = frame.id WHERE frame.id > ? ORDER BY frame.id LIMIT ?`,
    );
    this.#bytes = this.#db
      .prepare<[number], Uint8Array>('SELECT bytes FROM frame_bytes WHERE frame_id = ?')
      .pluck();
  }

  /** Sums that are not on the server yet, of at most so many further frames. */
  rollups(shipped: Shipped, limit: number): RollupBatch {
    return guarded(this.#path, () => this.#rollups.read(shipped, limit));
  }

  /** Frames that are not on the server yet, or have changed there, at most so many new ones. */
  frames({ throughId, throughChangeId }: Shipped, limit: number): ShipBatch<ShippedFrame> {
    return this.#inSnapshot(() => {
      const changes = this.#changes.list(throughChangeId);
      const changed = changes.flatMap(
        ({ toSession: session, connectionId: connection, firstFrameId: first }) =>
          this.#changedFrames.all({ session, connection, first, through: throughId }),
      );
      const added = this.#frames.all(throughId, limit);
      return {
        rows: [...changed, ...added],
        throughId: added.at(-1)?.id ?? throughId,
        throughChangeId: changes.at(-1)?.id ?? throughChangeId,
      };
    });
  }

  /** Payloads that are not on the server yet, of at most so many further frames and about 8 MiB. */
  bodies({ throughId, throughChangeId }: Shipped, limit: number): ShipBatch<ShippedBody> {
    return this.#inSnapshot(() => {
      const rows: ShippedBody[] = [];
      let bytes = 0;
      let reached = throughId;
      for (const { id, atUs, status, body: kept } of this.#bodies.iterate(throughId, limit)) {
        const body = status === 'ok' ? requirePayloadText(kept, id) : null;
        if (body !== null) rows.push({ id, atUs, body });
        bytes += body?.length ?? 0;
        reached = id;
        if (bytes > BODY_BYTES) break;
      }
      // A payload has no session.
      return {
        rows,
        throughId: reached,
        throughChangeId: this.#changes.list(throughChangeId).at(-1)?.id ?? throughChangeId,
      };
    });
  }

  /** Heartbeats that are not on the server yet, or have changed there, at most so many new ones. */
  heartbeats({ throughId, throughChangeId }: Shipped, limit: number): ShipBatch<ShippedHeartbeat> {
    return this.#inSnapshot(() => {
      const changes = this.#changes.list(throughChangeId);
      const read = this.#db.prepare<number[], ShippedHeartbeat>(
        `SELECT ${HEARTBEAT} FROM heartbeat WHERE session_id = ? AND id <= ?`,
      );
      const changed = changes
        .filter(({ connectionId }) => connectionId === null)
        .flatMap(({ toSession }) => read.all(toSession, throughId));
      const added = this.#db
        .prepare<number[], ShippedHeartbeat>(
          `SELECT ${HEARTBEAT} FROM heartbeat WHERE id > ? ORDER BY id LIMIT ?`,
        )
        .all(throughId, limit);
      return {
        rows: [...changed, ...added],
        throughId: added.at(-1)?.id ?? throughId,
        throughChangeId: changes.at(-1)?.id ?? throughChangeId,
      };
    });
  }

  /** Whether a table has rows, or sessions have changed, that were not copied. */
  hasMore(table: 'frame' | 'heartbeat', { throughId, throughChangeId }: Shipped): boolean {
    return guarded(this.#path, () => {
      const isNew = this.#db
        .prepare<number[], number>(
          `SELECT EXISTS (SELECT 1 FROM ${table} WHERE id > ?) OR EXISTS (SELECT 1 FROM session_change WHERE id > ?)`,
        )
        .pluck()
        .get(throughId, throughChangeId);
      return isNew === 1;
    });
  }

  /** A number that is another one after another handle has written to the database. */
  dataVersion(): number {
    return guarded(this.#path, () => Number(this.#db.pragma('data_version', { simple: true })));
  }

  /** Sessions that are no longer in the database because they turned out to be others. */
  joinedSessions(): readonly number[] {
    return guarded(this.#path, () =>
      this.#db
        .prepare<[], number>(
          'SELECT DISTINCT from_session FROM session_change WHERE connection_id IS NULL ORDER BY 1',
        )
        .pluck()
        .all(),
    );
  }

  /** All sessions; see `listSessions`. */
  sessions(): readonly SessionRow[] {
    return guarded(this.#path, () => listSessions(this.#db));
  }

  /** Intents of the sessions that have some. */
  intents(): ReadonlyMap<number, number> {
    return guarded(
      this.#path,
      () =>
        new Map(
          this.#db
            .prepare<[], [number, number]>('SELECT id, intents FROM session WHERE intents NOTNULL')
            .raw()
            .all(),
        ),
    );
  }

  /** All connections; see `listConnections`. */
  connections(): readonly ConnectionRow[] {
    return guarded(this.#path, () => listConnections(this.#db));
  }

  /** Captures, gaps and observations of the relay. */
  captureRows(): CaptureRows {
    return this.#inSnapshot(() => this.#captureRows.read());
  }

  /** All notes of deleted frames. */
  prunings(): readonly ShippedPruning[] {
    return guarded(this.#path, () =>
      this.#db
        .prepare<[], ShippedPruning>(
          `SELECT id, frame_count AS frames, wire_bytes AS wireBytes, payload_bytes AS payloadBytes,
             first_at_us AS firstAtUs, last_at_us AS lastAtUs FROM pruning ORDER BY id`,
        )
        .all(),
    );
  }

  /** What a frame of a type is. */
  type(id: number): FrameType {
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    const type = this.#db.prepare<[number], FrameType>('SELECT * FROM frame_type WHERE id = ?').get(id);
    if (type === undefined) throw new DamagedFile(`the type ${id} of a frame is not there`);
    this.#types.set(id, type);
    return type;
  }

  /** Whose protocol a connection speaks. */
  service(connectionId: number): ServiceName {
    const known = this.#services.get(connectionId);
    if (known !== undefined) return known;
    const url = this.#db
      .prepare<[number], string>('SELECT upstream_url FROM connection WHERE id = ?')
      .pluck()
      .get(connectionId);
    const service = readServiceName(url ?? '');
    if (this.#services.size >= KEPT_SERVICES) this.#services.clear();
    this.#services.set(connectionId, service);
    return service;
  }

  /** Code of a close frame, or null. */
  closeCode(frameId: number): number | null {
    return parseClose(this.#bytes.get(frameId) ?? NO_BYTES).code;
  }

  /** Time of a frame, or null if there is no such frame. */
  frameTime(id: number): number | null {
    return guarded(
      this.#path,
      () =>
        this.#db.prepare<[number], number>('SELECT at_us FROM frame WHERE id = ?').pluck().get(id) ?? null,
    );
  }

  close(): void {
    this.#db.close();
  }

  #inSnapshot<Result>(read: () => Result): Result {
    return guarded(this.#path, () => this.#db.transaction(read)());
  }
}

/** Connections whose service is remembered. */
const KEPT_SERVICES = 10_000;
