/**
 * Metrics of a recorder: joins its figures, its threads' counts and the watch into the answers of `--metrics`.
 */
import { statSync } from 'node:fs';
import type { ListenAddress } from '../../serving/address.js';
import type { Adopt } from '../../serving/http.js';
import type { LiveFigures, VitalSigns } from '../../worker/vital-signs.js';
import { systemNowUs } from '../../host.js';
import type { ShipFigures } from '../ship-follower.js';
import { version } from '../version.js';
import { listFamilies, type Gauges } from './families.js';
import { serveMetrics, type MetricsServer } from './metrics-server.js';
import { FULL_LIMIT_MS, Watch } from './watch.js';

/** Parts of a recorder that are looked at. */
export interface Watched {
  readonly figures: () => LiveFigures;
  readonly vitalSigns: () => VitalSigns;
  readonly db: string;
  readonly queueLimitBytes: number;
  /** How far shipping is; null if nothing is shipped. */
  readonly shipping: () => ShipFigures | null;
}

/** Serves a recorder's metrics. Rejects with a `NetworkError` if the address is not available. */
export async function serveRecorderMetrics(
  listen: ListenAddress,
  watched: Watched,
  adopt: Adopt | null = null,
): Promise<MetricsServer> {
  const watch = new Watch(() => watched.vitalSigns().isQueueFull);
  const failure = (): string | null =>
    watched.vitalSigns().failure ??
    (watch.isFullForLong(performance.now())
      ? `the queue has been full for ${FULL_LIMIT_MS / 1000} s: the disk or the processor is too slow for the traffic`
      : null);
  try {
    const source = {
      failure,
      families: () =>
        listFamilies(watched.vitalSigns().counted, readGauges(watched, watch, failure() === null)),
    };
    const server = await serveMetrics(listen, source, adopt);
    const close = async (): Promise<void> => {
      watch.stop();
      await server.close();
    };
    return { ...server, close };
  } catch (error) {
    watch.stop();
    throw error;
  }
}

function readGauges(
  { figures, vitalSigns, db, queueLimitBytes, shipping }: Watched,
  watch: Watch,
  isRecording: boolean,
): Gauges {
  const { queueBytes, unrecordedBytes, restarts } = figures();
  const { open, lagUs } = vitalSigns();
  return {
    isRecording,
    open,
    queueBytes,
    queueLimitBytes,
    lagUs,
    unrecordedBytes,
    restarts,
    databaseBytes: readSize(db),
    logBytes: readSize(`${db}-wal`),
    shipping: shipping(),
    nowUs: systemNowUs(),
    loopDelays: watch.loopDelays,
    residentBytes: process.memoryUsage.rss(),
    startedAtUs: performance.timeOrigin * 1000,
    version,
    nodeVersion: process.versions.node,
  };
}

function readSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
