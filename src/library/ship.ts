/**
 * `ship`: copies databases to a fleet, once or for as long as they grow, with the files that a recorder has put aside.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { NetworkError } from '../errors.js';
import { FleetClient } from '../ship/fleet-client.js';
import { prepareFleet } from '../ship/fleet-tables.js';
import { readFileKey } from '../store/shipping/ship-notes.js';
import { listRotatedFiles } from '../store/rotated-files.js';
import { findDatabases } from './databases.js';
import { Shipper, type ShippedTiers, type ShipSums } from '../ship/shipper.js';

export type { ShipSums };

/** What to copy, and where to. */
export interface ShipOptions extends ShippedTiers {
  /** `http://user:password@host:8123/database`. */
  readonly to: string;
  /** User and password where the URL has none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Paths and patterns of databases. */
  readonly db: readonly string[];
  /** Frames of one batch at most. */
  readonly batchRows: number;
  /** Name of a cluster whose tables to make; null for one server. */
  readonly cluster: string | null;
  /** Age in days at which the server deletes frames and bodies; null changes nothing. */
  readonly ttlDays: number | null;
  /** Whether to go on until `stop` aborts. */
  readonly isFollowing: boolean;
  readonly stop: AbortSignal;
  readonly onProgress: (sums: ShipSums) => void;
  /** Gets a line about each pause before a request is sent again. */
  readonly onPause: (line: string) => void;
}

/** What was copied of one database. */
export interface ShippedDatabase extends ShipSums {
  readonly to: string;
  readonly db: string;
  /** Id of the database in the fleet. */
  readonly recorder: string;
  /** Id of the last frame whose roll-ups are on the server. */
  readonly throughId: number;
}

/** How often a request is sent again without `isFollowing`: for about a minute in all. */
const RETRIES = 8;

/** Time between two looks at the databases, in ms. The roll-ups of a running minute are sent at each. */
const PERIOD_MS = 5_000;

/** Copies databases. Rejects with NetworkError, StoreError or UsageError. */
export async function shipDatabases(options: ShipOptions): Promise<readonly ShippedDatabase[]> {
  const { to, user, password, isFollowing, stop, onPause, cluster, ttlDays } = options;
  const retries = isFollowing ? Infinity : RETRIES;
  const client = new FleetClient({ url: to, user, password, retries, stop, onPause });
  try {
    const fleet = await prepareFleet(client, { database: client.database, cluster, ttlDays });
    const shipment = new Shipment(options, client, fleet);
    try {
      await shipment.pass();
      while (isFollowing && !stop.aborted) {
        await wait(PERIOD_MS, undefined, { signal: stop }).catch(() => undefined);
        await shipment.pass();
      }
    } catch (error) {
      // Whoever stops it while the server is away has what was sent until then.
      if (!(error instanceof NetworkError && stop.aborted)) throw error;
    } finally {
      shipment.close();
    }
    return shipment.close();
  } finally {
    await client.close();
  }
}

/** A database that is open. */
interface OpenShipper {
  readonly path: string;
  readonly shipper: Shipper;
}

/** The databases of one call. */
class Shipment {
  readonly #options: ShipOptions;
  readonly #client: FleetClient;
  readonly #fleet: string;
  /** By the keys of their files, which stay when a file is renamed. */
  readonly #open = new Map<string, OpenShipper>();
  /** Files that were put aside and are copied. */
  readonly #finished = new Set<string>();
  /** What was sent of the databases that are closed, by their ids. */
  readonly #done = new Map<string, ShippedDatabase>();

  constructor(options: ShipOptions, client: FleetClient, fleet: string) {
    this.#options = options;
    this.#client = client;
    this.#fleet = fleet;
  }

  /** Sends what is new in all of them: first the files that were put aside, then those that may be recorded. */
  async pass(): Promise<void> {
    const files = findDatabases(this.#options.db);
    const aside = files.flatMap((file) => listRotatedFiles(file)).filter((file) => !files.includes(file));
    const seen = new Set<string>();
    for (const path of [...aside, ...files]) {
      const key = readFileKey(path);
      if (key === null || this.#finished.has(key) || this.#options.stop.aborted) continue;
      seen.add(key);
      const isWhole = await this.#find(key, path).pass();
      if (!isWhole || !aside.includes(path)) continue;
      this.#finished.add(key);
      this.#close(key);
    }
    for (const key of this.#open.keys()) if (!seen.has(key)) this.#close(key);
  }

  /** Closes all databases and says what was sent. */
  close(): readonly ShippedDatabase[] {
    for (const key of this.#open.keys()) this.#close(key);
    return [...this.#done.values()];
  }

  #find(key: string, path: string): Shipper {
    const known = this.#open.get(key);
    if (known?.path === path) return known.shipper;
    // A handle is of no use after its file was renamed: SQLite does not write through it.
    this.#close(key);
    const { batchRows, hasFrames, hasBodies, stop, onProgress } = this.#options;
    const shipper = new Shipper({
      ...{
        path,
        client: this.#client,
        fleet: this.#fleet,
        batchRows,
        hasFrames,
        hasBodies,
        stop,
        randomBytes,
      },
      onProgress: () => onProgress(this.#total()),
    });
    this.#open.set(key, { path, shipper });
    return shipper;
  }

  #total(): ShipSums {
    const all = [...this.#done.values(), ...[...this.#open.values()].map(({ shipper }) => shipper.sums)];
    return {
      frames: all.reduce((sum, { frames }) => sum + frames, 0),
      rollups: all.reduce((sum, { rollups }) => sum + rollups, 0),
    };
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const { recorder, throughId, sums } = open.shipper;
    const earlier = this.#done.get(recorder);
    this.#done.set(recorder, {
      to: this.#client.shownUrl,
      db: open.path,
      recorder,
      frames: sums.frames + (earlier?.frames ?? 0),
      rollups: sums.rollups + (earlier?.rollups ?? 0),
      throughId,
    });
    open.shipper.close();
  }
}
