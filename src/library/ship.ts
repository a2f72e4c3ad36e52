/**
 * `ship`: copies databases to a fleet, once or for as long as they grow, with the files that a recorder has put aside.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { NetworkError, type StoreError } from '../errors.js';
import { FleetClient } from '../ship/fleet-client.js';
import { prepareFleet } from '../ship/fleet-tables.js';
import type { ShipSums } from '../ship/shipper.js';
import { Shipment, type ShipmentOptions, type ShippedDatabase } from './shipment.js';

export type { ShipSums };

/** What to copy, and where to. */
export interface ShipOptions extends Omit<ShipmentOptions, 'onRefused'> {
  /** `http://user:password@host:8123/database`. */
  readonly to: string;
  /** User and password where the URL has none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Name of a cluster whose tables to make; null for one server. */
  readonly cluster: string | null;
  /** Age in days at which the server deletes frames and bodies; null changes nothing. */
  readonly ttlDays: number | null;
  /** Whether to go on until `stop` aborts. */
  readonly isFollowing: boolean;
  /** Gets a line about each pause before something is tried again. */
  readonly onPause: (line: string) => void;
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
    const onRefused = (error: StoreError): void => onPause(`${error.message}: ${error.hint}`);
    const shipment = new Shipment({ ...options, onRefused: isFollowing ? onRefused : null }, client, fleet);
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
