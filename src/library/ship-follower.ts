/**
 * Ship follower: copies what a recorder writes to a fleet while it is being written, with the files that were put aside.
 *
 * Whatever fails is tried again, and the recorder never waits for it: what is not on the server stays in the files, whose
 * notes say how far each was copied. Files that are copied are deleted as `--keep` says.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GatetapeError, StoreError } from '../errors.js';
import type { Log } from '../host.js';
import { FleetClient } from '../ship/fleet-client.js';
import { prepareFleet } from '../ship/fleet-tables.js';
import { listRotatedFiles } from '../store/rotated-files.js';
import { readUnshipped, type ShippedTiers, type Unshipped } from '../store/shipping/unshipped.js';
import { deleteAside } from '../worker/aside-files.js';
import type { RecorderLoad } from './recorder-load.js';
import { Shipment } from './shipment.js';

/** What to copy while it is recorded, and where to. */
export interface ShipOrder extends ShippedTiers {
  /** `http://host:8123/database`. */
  readonly to: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly db: string;
  readonly cluster: string | null;
  readonly ttlDays: number | null;
  /** How many files that were put aside are kept; null for all. */
  readonly keep: number | null;
}

/** How far shipping is. */
export interface ShipFigures {
  /** Frames that were copied since the start. */
  readonly shippedFrames: number;
  /** Frames that are not on the server yet. */
  readonly behindFrames: number;
  /** When the oldest of them was recorded; null without one. */
  readonly behindSinceUs: number | null;
  /** Requests that failed, and were or will be sent again. */
  readonly failures: number;
}

/** Nothing shipped, and nothing to ship. */
export const NOTHING_SHIPPED: ShipFigures = {
  shippedFrames: 0,
  behindFrames: 0,
  behindSinceUs: null,
  failures: 0,
};

/** Frames of a batch at most: less than `ship` takes, as a recorder has memory for other things. */
const BATCH_ROWS = 20_000;
/** Time between two passes, in ms. */
const PERIOD_MS = 5_000;
/** Pause after an error that does not pass by itself, in ms. */
const RETRY_MS = 30_000;
/** Trouble that ends sooner is not reported. */
const REPORT_AFTER_MS = 5_000;
/** How long the rest is shipped when recording has ended, in ms. */
const REST_MS = 2_000;

/** Ships one database. */
export class ShipFollower {
  readonly #order: ShipOrder;
  readonly #log: Log;
  readonly #load: Pick<RecorderLoad, 'caughtUp'>;
  #db: string;
  #stop = new AbortController();
  /** The passes that run; they never reject. */
  #running: Promise<void> = Promise.resolve();
  #fleet: string | null = null;
  #shipment: Shipment | null = null;
  #shippedBefore = 0;
  #shippedNow = 0;
  #failures = 0;
  #troubleSinceMs: number | null = null;
  #isReported = false;

  /** Reads no batch while the recorder is behind. */
  constructor(order: ShipOrder, log: Log, load: Pick<RecorderLoad, 'caughtUp'>) {
    this.#order = order;
    this.#log = log;
    this.#load = load;
    this.#db = order.db;
  }

  /** Ships until `release`. */
  start(): void {
    this.#stop = new AbortController();
    this.#running = this.#run(this.#stop.signal);
  }

  /** Resolves when the files are closed. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Goes on after `release`, in the file at `db`, which no other recorder ships. */
  moveTo(db: string): void {
    this.#db = db;
    this.start();
  }

  /** Ships the rest after `release`, for a moment and only if the server was there; returns what is left. */
  async finish(): Promise<ShipFigures> {
    // After a handover the new recorder ships it.
    if (this.#fleet !== null && this.#troubleSinceMs === null && this.#isHome()) {
      const limit = AbortSignal.timeout(REST_MS);
      await this.#connect(limit, (shipment) => shipment.pass()).catch((error: unknown) => this.#meet(error));
    }
    return this.figures();
  }

  /** Figures so far, which are read from the files. */
  figures(): ShipFigures {
    let behindFrames = 0;
    let behindSinceUs: number | null = null;
    for (const path of [...this.#listAside(), this.#db]) {
      const { frames, oldestAtUs } = this.#readUnshipped(path);
      behindFrames += frames;
      if (oldestAtUs !== null) behindSinceUs = Math.min(oldestAtUs, behindSinceUs ?? Infinity);
    }
    return {
      shippedFrames: this.#shippedBefore + this.#shippedNow,
      behindFrames,
      behindSinceUs,
      failures: this.#failures,
    };
  }

  #isHome(): boolean {
    return this.#db === this.#order.db;
  }

  #listAside(): readonly string[] {
    return listRotatedFiles(this.#db, (file) => this.#shipment?.isFinished(file) === true);
  }

  #readUnshipped(path: string): Unshipped {
    try {
      return readUnshipped(path, this.#fleet, this.#order);
    } catch (error) {
      // It was renamed or deleted just now, or cannot be shipped either, which is said there.
      if (error instanceof StoreError) return { frames: 0, oldestAtUs: null };
      throw error;
    }
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#connect(stop, (shipment) => this.#follow(shipment, stop)).catch((error: unknown) => {
        if (!stop.aborted) this.#meet(error);
      });
      await pause(RETRY_MS, stop);
    }
  }

  async #connect(stop: AbortSignal, use: (shipment: Shipment) => Promise<void>): Promise<void> {
    const { to, user, password, cluster, ttlDays, hasFrames, hasBodies } = this.#order;
    const onPause = (line: string): void => this.#noteFailure(line);
    const client = new FleetClient({ url: to, user, password, retries: Infinity, stop, onPause });
    try {
      this.#fleet = await prepareFleet(client, { database: client.database, cluster, ttlDays });
      const options = { db: [this.#db], batchRows: BATCH_ROWS, hasFrames, hasBodies, stop };
      const shipment = new Shipment(
        {
          ...options,
          turn: () => this.#load.caughtUp(stop),
          onProgress: ({ frames }) => this.#noteProgress(frames),
          onRefused: ({ message, hint }) => this.#log('warn', `${message}: ${hint}`, 'ship_failed'),
        },
        client,
        this.#fleet,
      );
      this.#shipment = shipment;
      try {
        await use(shipment);
      } finally {
        shipment.close();
        this.#shippedBefore += this.#shippedNow;
        this.#shippedNow = 0;
      }
    } finally {
      await client.close();
    }
  }

  async #follow(shipment: Shipment, stop: AbortSignal): Promise<void> {
    let finishedCount = 0;
    for (;;) {
      await shipment.pass();
      if (stop.aborted) return;
      this.#noteSuccess();
      if (shipment.finishedCount !== finishedCount) this.#deleteOldest(shipment);
      finishedCount = shipment.finishedCount;
      await pause(PERIOD_MS, stop);
    }
  }

  #deleteOldest(shipment: Shipment): void {
    const { keep } = this.#order;
    if (keep === null || !this.#isHome()) return;
    const files = listRotatedFiles(this.#db);
    for (const file of files.slice(0, Math.max(0, files.length - keep)))
      if (shipment.isFinished(file)) deleteAside(file, { keep, shipped: null, log: this.#log });
  }

  #noteProgress(frames: number): void {
    this.#shippedNow = frames;
    this.#noteSuccess();
  }

  #noteSuccess(): void {
    if (this.#isReported) this.#log('info', 'shipping goes on', 'ship_resumed');
    this.#troubleSinceMs = null;
    this.#isReported = false;
  }

  #noteFailure(line: string): void {
    this.#failures += 1;
    this.#troubleSinceMs ??= performance.now();
    if (this.#isReported || performance.now() - this.#troubleSinceMs < REPORT_AFTER_MS) return;
    this.#isReported = true;
    this.#log('warn', `shipping waits, and recording goes on: ${line}`, 'ship_waits');
  }

  /** Says at once what does not pass by itself, once. */
  #meet(error: unknown): void {
    if (!(error instanceof GatetapeError)) throw error;
    this.#failures += 1;
    this.#troubleSinceMs ??= performance.now();
    if (!this.#isReported) this.#log('warn', `${error.message}: ${error.hint}`, 'ship_failed');
    this.#isReported = true;
  }
}

/** Resolves after a time, or when `stop` aborts. */
async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal: stop }).catch(() => undefined);
}
