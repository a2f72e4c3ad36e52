/**
 * Shipper: copies new rows of one database to a fleet, and notes its progress in the database.
 *
 * A query with FINAL sees each row exactly once. A row has a key from the database (its id, the id of a frame), the state
 * at the time of reading, and a version that grows with every send. So a row that is sent again, because an answer or
 * this process was lost, replaces its earlier copy.
 */
import { basename } from 'node:path';
import { StoreError } from '../errors.js';
import type { Host } from '../host.js';
import { ShipNotes, type Reached, type Shipped, type ShipTier } from '../store/shipping/ship-notes.js';
import type { MinuteSum } from '../store/shipping/rollup-batches.js';
import { ShipSource, type ShippedFrame } from '../store/shipping/ship-source.js';
import type { ShippedTiers } from '../store/shipping/unshipped.js';
import { ChangedRows } from './changed-rows.js';
import type { FleetClient } from './fleet-client.js';
import { readSmallTables, type SmallTable } from './small-tables.js';

/** Options of a copy. */
export interface ShipperOptions extends ShippedTiers {
  readonly path: string;
  readonly client: FleetClient;
  /** Id of the fleet. */
  readonly fleet: string;
  /** Most frames of one batch. */
  readonly batchRows: number;
  readonly randomBytes: Host['randomBytes'];
  readonly stop?: AbortSignal | undefined;
  /** Resolves when the next batch may be read. */
  readonly turn?: (() => Promise<void>) | undefined;
  readonly onProgress?: ((sums: ShipSums) => void) | undefined;
}

/** Amounts that were sent. */
export interface ShipSums {
  /** Rows of frames; 0 if only roll-ups are sent. */
  readonly frames: number;
  /** Payloads. */
  readonly bodies: number;
  /** Rows of roll-ups. */
  readonly rollups: number;
  /** Frames that these rows are the sums of. */
  readonly summedFrames: number;
  readonly heartbeats: number;
}

/** Sums before anything is sent. */
export const NO_SUMS: ShipSums = { frames: 0, bodies: 0, rollups: 0, summedFrames: 0, heartbeats: 0 };

/** Both together. */
export function addSums(one: ShipSums, other: Partial<ShipSums>): ShipSums {
  return {
    frames: one.frames + (other.frames ?? 0),
    bodies: one.bodies + (other.bodies ?? 0),
    rollups: one.rollups + (other.rollups ?? 0),
    summedFrames: one.summedFrames + (other.summedFrames ?? 0),
    heartbeats: one.heartbeats + (other.heartbeats ?? 0),
  };
}

type Line = Readonly<Record<string, unknown>>;

/** Copies one database. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #notes: ShipNotes;
  readonly #source: ShipSource;
  readonly #changed: Readonly<Record<SmallTable, ChangedRows>> = {
    session: new ChangedRows(),
    connection: new ChangedRows(),
    pruning: new ChangedRows(),
    gap: new ChangedRows(),
    observation: new ChangedRows(),
    capture: new ChangedRows(),
  };
  /** Id of the database. */
  readonly recorder: string;
  #sums = NO_SUMS;
  #isKnown = false;
  #dataVersion: number | null = null;

  /** Throws StoreError if the database cannot be read and written. */
  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#notes = new ShipNotes(options.path);
    try {
      this.recorder = this.#notes.recorderUid(options.randomBytes);
      this.#source = new ShipSource(options.path);
    } catch (error) {
      this.#notes.close();
      throw error;
    }
  }

  /** Amounts that were sent so far. */
  get sums(): ShipSums {
    return this.#sums;
  }

  /** Id of the last frame in the roll-ups on the server. */
  get throughId(): number {
    return this.#notes.read(this.#options.fleet, 'rollups')?.throughId ?? 0;
  }

  /** Sends everything that is not on the server yet. Resolves to false if it was stopped before the end. */
  async pass(): Promise<boolean> {
    const { hasFrames, hasBodies } = this.#options;
    if (!this.#isKnown) await this.#requireSameHistory();
    this.#isKnown = true;
    await this.#repeat('rollups', (shipped) => this.#sendRollups(shipped));
    await this.#repeat('heartbeats', (shipped) => this.#sendHeartbeats(shipped));
    if (hasFrames) await this.#repeat('frames', (shipped) => this.#sendFrames(shipped));
    if (hasBodies) await this.#repeat('bodies', (shipped) => this.#sendBodies(shipped));
    await this.#sendTables();
    return this.#options.stop?.aborted !== true;
  }

  close(): void {
    this.#source.close();
    this.#notes.close();
  }

  /** Refuses a copied database: it has the id of the original, so its frames would replace those of the original. */
  async #requireSameHistory(): Promise<void> {
    const { client, path } = this.#options;
    const [known] = await client.rows<{ through: number; atUs: number }>(
      `SELECT through_id AS through, through_at_us AS atUs FROM ${client.table('recorder')} FINAL
       WHERE recorder = {recorder:String}`,
      { recorder: this.recorder },
    );
    if (known === undefined || known.through <= this.throughId) return;
    if (this.#source.frameTime(known.through) === known.atUs) return;
    throw new StoreError(
      `the database ${path} is a copy of one that has shipped ${known.through} frames, and differs from it`,
      'ship only one of the two, or record into a new file',
    );
  }

  /** Sends batches until nothing is left. `send` returns the progress on the server, or null at the end. */
  async #repeat(tier: ShipTier, send: (shipped: Shipped) => Promise<Reached | null>): Promise<void> {
    const { fleet, stop, turn, onProgress } = this.#options;
    for (;;) {
      await turn?.();
      if (stop?.aborted === true) return;
      const known = this.#notes.read(fleet, tier);
      if (known !== null && !this.#source.hasMore(tier === 'heartbeats' ? 'heartbeat' : 'frame', known))
        return;
      const shipped = this.#notes.begin(fleet, tier);
      const reached = await send(shipped);
      if (reached === null) return;
      this.#notes.commit(fleet, tier, shipped.version, reached);
      onProgress?.(this.#sums);
    }
  }

  async #sendRollups(shipped: Shipped): Promise<Reached | null> {
    const batch = this.#source.rollups(shipped, this.#options.batchRows);
    if (!isFurther(batch, shipped)) return null;
    await this.#insert(
      'minute_rollup',
      batch.rows.map((sum) => this.#toRollup(sum, shipped.version)),
      shipped.version,
    );
    await this.#sendRecorder(batch.throughId, shipped.version);
    this.#sums = addSums(this.#sums, { rollups: batch.rows.length, summedFrames: batch.frames });
    return batch;
  }

  async #sendFrames(shipped: Shipped): Promise<Reached | null> {
    const batch = this.#source.frames(shipped, this.#options.batchRows);
    if (!isFurther(batch, shipped)) return null;
    await this.#insert(
      'frame',
      batch.rows.map((frame) => this.#toFrame(frame, shipped.version)),
      shipped.version,
    );
    this.#sums = addSums(this.#sums, { frames: batch.rows.length });
    return batch;
  }

  async #sendBodies(shipped: Shipped): Promise<Reached | null> {
    const batch = this.#source.bodies(shipped, this.#options.batchRows);
    if (!isFurther(batch, shipped)) return null;
    const { recorder } = this;
    const rows = batch.rows.map(({ id, atUs, body }) => ({
      ...{ recorder, frame_id: id, at_us: atUs, body, version: shipped.version },
    }));
    await this.#insert('frame_body', rows, shipped.version);
    this.#sums = addSums(this.#sums, { bodies: rows.length });
    return batch;
  }

  async #sendHeartbeats(shipped: Shipped): Promise<Reached | null> {
    const batch = this.#source.heartbeats(shipped, this.#options.batchRows);
    if (!isFurther(batch, shipped)) return null;
    const rows = batch.rows.map((row) => ({
      recorder: this.recorder,
      connection_id: row.connectionId,
      session_id: row.sessionId,
      id: row.id,
      sent_at_us: row.sentAtUs,
      acked_at_us: row.ackedAtUs,
      version: shipped.version,
    }));
    await this.#insert('heartbeat', rows, shipped.version);
    this.#sums = addSums(this.#sums, { heartbeats: rows.length });
    return batch;
  }

  async #sendRecorder(throughId: number, version: number): Promise<void> {
    const atUs = this.#source.frameTime(throughId) ?? 0;
    const row = {
      recorder: this.recorder,
      file: basename(this.#options.path),
      through_id: throughId,
      through_at_us: atUs,
      version,
    };
    await this.#insert('recorder', [row], version);
  }

  /** Sends the rows of small tables that have changed since they were last sent by this process. */
  async #sendTables(): Promise<void> {
    if (this.#source.dataVersion() === this.#dataVersion) return;
    // Their rows have versions of the roll-ups' tier, as they have none of their own.
    const { fleet } = this.#options;
    const { version } = this.#notes.begin(fleet, 'rollups');
    const dataVersion = this.#source.dataVersion();
    const tables = readSmallTables(this.#source).map(({ table, rows }) => {
      const changed = this.#changed[table];
      return { table, changed, rows: changed.find(rows) };
    });
    for (const { table, rows } of tables) {
      const lines = rows.map((row) => ({ recorder: this.recorder, ...row, version }));
      await this.#insert(table, lines, version);
    }
    this.#notes.commit(fleet, 'rollups', version, { throughId: 0, throughChangeId: 0 });
    for (const { changed, rows } of tables) changed.keep(rows);
    this.#dataVersion = dataVersion;
  }

  async #insert(table: string, rows: readonly Line[], version: number): Promise<void> {
    const { client, batchRows } = this.#options;
    for (let from = 0; from < rows.length; from += batchRows) {
      const token = `${this.recorder}:${table}:${version}:${from}`;
      await client.insert(table, rows.slice(from, from + batchRows), token);
    }
  }

  #toRollup(sum: MinuteSum, version: number): Line {
    const { sender, kind, status, op, event } = this.#source.type(sum.typeId);
    const sizes = [...sum.sizes].sort(([one], [other]) => one - other);
    return {
      recorder: this.recorder,
      connection_id: sum.connectionId,
      session_id: sum.sessionId,
      service: this.#source.service(sum.connectionId),
      ...{ op, event, sender, kind, status },
      minute_at_us: sum.minuteAtUs,
      frames: sum.frames,
      wire_bytes: sum.wireBytes,
      payload_bytes: sum.payloadBytes,
      first_at_us: sum.firstAtUs,
      last_at_us: sum.lastAtUs,
      sizes: sizes.map(([size]) => size),
      size_counts: sizes.map(([, frames]) => frames),
      version,
    };
  }

  #toFrame(frame: ShippedFrame, version: number): Line {
    const { sender, kind, status, op, event } = this.#source.type(frame.typeId);
    return {
      recorder: this.recorder,
      connection_id: frame.connectionId,
      session_id: frame.sessionId,
      service: this.#source.service(frame.connectionId),
      ...{ op, event, sender, kind, status },
      frame_id: frame.id,
      frame_no: frame.frameNo,
      at_us: frame.atUs,
      seq: frame.seq,
      wire_bytes: frame.wireBytes,
      payload_bytes: frame.payloadBytes,
      close_code: kind === 'close' ? this.#source.closeCode(frame.id) : null,
      version,
    };
  }
}

function isFurther(batch: Reached, shipped: Shipped): boolean {
  return batch.throughId > shipped.throughId || batch.throughChangeId > shipped.throughChangeId;
}
