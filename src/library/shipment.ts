/**
 * Shipment: copies databases to a fleet, with the files that a recorder has put aside, again and again as they grow.
 */
import { randomBytes } from 'node:crypto';
import { StoreError } from '../errors.js';
import type { FleetClient } from '../ship/fleet-client.js';
import { addSums, NO_SUMS, Shipper, type ShipSums } from '../ship/shipper.js';
import { listRotatedFiles } from '../store/rotated-files.js';
import { readFileKey } from '../store/shipping/ship-notes.js';
import type { ShippedTiers } from '../store/shipping/unshipped.js';
import { findDatabases } from './databases.js';

/** What to copy. */
export interface ShipmentOptions extends ShippedTiers {
  /** Paths and patterns of databases. */
  readonly db: readonly string[];
  /** Frames of one batch at most. */
  readonly batchRows: number;
  readonly stop: AbortSignal;
  /** Resolves when the next batch may be read; default: at once. */
  readonly turn?: () => Promise<void>;
  readonly onProgress: (sums: ShipSums) => void;
  /**
   * Gets the error of a file that was put aside, which is then left alone for a minute; null if it ends the pass.
   */
  readonly onRefused: ((error: StoreError) => void) | null;
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

/** A database that is open. */
interface OpenShipper {
  readonly path: string;
  readonly shipper: Shipper;
}

/** How long a file is left alone that cannot be copied. */
const REFUSED_MS = 60_000;

/** The databases of one call. */
export class Shipment {
  readonly #options: ShipmentOptions;
  readonly #client: FleetClient;
  readonly #fleet: string;
  /** By the keys of their files, which stay when a file is renamed. */
  readonly #open = new Map<string, OpenShipper>();
  /** Files that were put aside and are copied. */
  readonly #finished = new Set<string>();
  /** When a file that cannot be copied is tried again, by its key. */
  readonly #refused = new Map<string, number>();
  /** What was sent of the databases that are closed, by their ids. */
  readonly #done = new Map<string, ShippedDatabase>();

  constructor(options: ShipmentOptions, client: FleetClient, fleet: string) {
    this.#options = options;
    this.#client = client;
    this.#fleet = fleet;
  }

  /** Sends what is new in all of them: first the files that were put aside, then those that may be recorded. */
  async pass(): Promise<void> {
    const files = findDatabases(this.#options.db);
    const aside = files
      .flatMap((file) => listRotatedFiles(file, (known) => this.isFinished(known)))
      .filter((file) => !files.includes(file));
    const seen = new Set<string>();
    for (const path of [...aside, ...files]) {
      const key = readFileKey(path);
      if (key === null || this.#isLeftAlone(key) || this.#options.stop.aborted) continue;
      seen.add(key);
      const isAside = aside.includes(path);
      const isWhole = await this.#ship(key, path, isAside);
      if (!isWhole || !isAside) continue;
      this.#finished.add(key);
      this.#close(key);
    }
    for (const key of this.#open.keys()) if (!seen.has(key)) this.#close(key);
  }

  /** Whether the file at `path` was put aside and is copied to its end. */
  isFinished(path: string): boolean {
    return this.#finished.has(readFileKey(path) ?? '');
  }

  /** How many files were put aside and are copied to their ends. */
  get finishedCount(): number {
    return this.#finished.size;
  }

  /** Closes all databases and says what was sent. */
  close(): readonly ShippedDatabase[] {
    for (const key of this.#open.keys()) this.#close(key);
    return [...this.#done.values()];
  }

  #isLeftAlone(key: string): boolean {
    return this.#finished.has(key) || (this.#refused.get(key) ?? -Infinity) > performance.now();
  }

  /** Sends what is new in one file; resolves to whether all of it is there. */
  async #ship(key: string, path: string, isAside: boolean): Promise<boolean> {
    try {
      return await this.#find(key, path).pass();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#close(key);
      // It was renamed or deleted meanwhile: the next pass finds it under its new name.
      if (readFileKey(path) !== key) return false;
      const { onRefused } = this.#options;
      if (onRefused === null || !isAside) throw error;
      this.#refused.set(key, performance.now() + REFUSED_MS);
      onRefused(error);
      return false;
    }
  }

  #find(key: string, path: string): Shipper {
    const known = this.#open.get(key);
    if (known?.path === path) return known.shipper;
    // SQLite finds the log of a database by its name.
    this.#close(key);
    const { batchRows, hasFrames, hasBodies, stop, turn, onProgress } = this.#options;
    const shipper = new Shipper({
      ...{ path, client: this.#client, fleet: this.#fleet },
      ...{ batchRows, hasFrames, hasBodies, stop, turn, randomBytes },
      onProgress: () => onProgress(this.#total()),
    });
    this.#open.set(key, { path, shipper });
    return shipper;
  }

  #total(): ShipSums {
    const all = [...this.#done.values(), ...[...this.#open.values()].map(({ shipper }) => shipper.sums)];
    return all.reduce(addSums, NO_SUMS);
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
      ...addSums(sums, earlier ?? {}),
      throughId,
    });
    open.shipper.close();
  }
}
