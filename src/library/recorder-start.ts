/**
 * Start of a recorder: reads its files and starts its servers, which bind their addresses or go on with sockets of a recorder
 * that runs.
 */
import { realpathSync } from 'node:fs';
import type { Config } from '../config/schema.js';
import { UsageError } from '../errors.js';
import { parseFileLimit } from '../config/values.js';
import { parseDuration } from '../filter/quantities.js';
import type { Host } from '../host.js';
import type { ProxyOptions } from '../proxy/options.js';
import type { Proxy } from '../proxy/server.js';
import type { ListenAddress } from '../serving/address.js';
import type { Adopt } from '../serving/http.js';
import type { RotationOrder, StartOrder } from '../worker/boundary.js';
import type { RecorderThreads } from '../worker/recorder-threads.js';
import { readCertificates } from './certificates.js';
import type { ListenerName } from './handover/messages.js';
import type { Predecessor } from './handover/predecessor.js';
import { openInterception } from './interception.js';
import { openKeyFile, type KeyFile } from './key-file.js';
import type { MetricsServer } from './metrics/metrics-server.js';
import type { LiveShip } from './live-ship.js';
import type { Watched } from './metrics/recorder-metrics.js';

const NO_LIMIT = { ageUs: Infinity, bytes: Infinity };

/** The servers of a recorder that starts. */
export class RecorderStart {
  readonly #config: Config;
  readonly #host: Host;
  readonly #threads: RecorderThreads;
  #keyFile: KeyFile | null = null;
  #proxy: Proxy | null = null;
  #metrics: MetricsServer | null = null;
  #ship: LiveShip | null = null;
  /** Starts the servers whose sockets a running recorder has. */
  #adoptions: (() => Promise<void>)[] = [];

  constructor(config: Config, host: Host, threads: RecorderThreads) {
    this.#config = config;
    this.#host = host;
    this.#threads = threads;
  }

  /** Reads all files, and binds all addresses that are free. */
  async prepare(predecessor: Predecessor | null): Promise<void> {
    const { keyFile, listen, metrics } = this.#config;
    await this.#checkFleet();
    // Loaded here, not above, so that it loads in parallel with the threads.
    const { startProxy } = await import('../proxy/server.js');
    const options = await this.#readProxyOptions();
    const begin = async (
      name: ListenerName,
      address: ListenAddress,
      serve: (adopt: Adopt | null) => Promise<void>,
    ) => {
      const adopt = predecessor?.lend(name, address) ?? null;
      if (adopt === null) await serve(null);
      else this.#adoptions.push(() => serve(adopt));
    };
    await begin('proxy', listen, async (adopt) => {
      this.#proxy = await startProxy({ ...options, adopt });
    });
    this.#keyFile = keyFile === null ? null : openKeyFile(keyFile, this.#host);
    if (metrics === null) return;
    // Loaded only by those who ask for it.
    const { serveRecorderMetrics } = await import('./metrics/recorder-metrics.js');
    await begin('metrics', metrics, async (adopt) => {
      this.#metrics = await serveRecorderMetrics(metrics, this.#watch(), adopt);
    });
  }

  async #readProxyOptions(): Promise<ProxyOptions> {
    const { listen, upstream, api, rewrite, allowHosts, allowOrigins, upstreamCa, maxBodyBytes } =
      this.#config;
    return {
      host: this.#host,
      tap: this.#threads.tap,
      listen,
      upstream: new URL(upstream),
      api: new URL(api),
      isRewriting: rewrite,
      allowHosts,
      allowOrigins,
      ...(await openInterception(this.#config)),
      upstreamCa: upstreamCa === null ? [] : readCertificates(upstreamCa),
      maxBodyBytes,
    };
  }

  #watch(): Watched {
    const threads = this.#threads;
    return {
      figures: () => threads.figures(),
      vitalSigns: () => threads.vitalSigns(),
      db: this.#config.db,
      queueLimitBytes: this.#config.queueBytes,
      shipping: () => this.#ship?.figures() ?? null,
    };
  }

  /** Order for the threads. `earlier`: what a running recorder has left. */
  makeOrder(earlier: { readonly db: string; readonly file: string | null } | null): StartOrder {
    const { db, mode, upstream, api, redact: redaction, metrics } = this.#config;
    const { maxPayloadBytes, maxBodyBytes, maxDbSizeBytes, compactAfter } = this.#config;
    return {
      ...{ maxPayloadBytes, maxBodyBytes, maxDbSizeBytes, redaction },
      // Its own path, because a link at `db` leads nowhere as long as there is no file.
      db: earlier !== null && earlier.file !== null ? earlier.db : db,
      capture: { mode, upstream, api, redaction },
      keptKey: this.#keyFile?.key ?? null,
      compactAfterUs: parseDuration(compactAfter ?? ''),
      rotation: this.#makeRotation(),
      isMetered: metrics !== null,
      after: earlier?.file ?? null,
    };
  }

  #makeRotation(): RotationOrder {
    const { rotate, keep, shipTo, shipFrames: hasFrames, shipBodies: hasBodies } = this.#config;
    const shipped = shipTo === null ? null : { hasFrames, hasBodies };
    return { ...(parseFileLimit(rotate ?? '') ?? NO_LIMIT), keep, shipped };
  }

  /** Throws a UsageError at once if nothing can be shipped, whatever the server does. */
  async #checkFleet(): Promise<void> {
    const { shipTo, shipFrames, shipBodies, shipCluster, shipTtl } = this.#config;
    if (shipTo !== null) {
      const { requireClient } = await import('../ship/fleet-client.js');
      requireClient();
    } else if (shipFrames || shipBodies || shipCluster !== null || shipTtl !== null)
      throw new UsageError('what is to be shipped has no address', 'say where to, with --ship-to URL');
  }

  /** Starts to ship what is recorded, if that is asked for. */
  async ship(): Promise<LiveShip | null> {
    const { shipTo: to, shipFrames: hasFrames, shipBodies: hasBodies, db, keep } = this.#config;
    const { shipCluster: cluster, shipTtl: ttlDays } = this.#config;
    if (to === null) return null;
    const { LiveShip } = await import('./live-ship.js');
    const { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password } = process.env;
    const order = { to, user, password, db: realpathSync(db), cluster, ttlDays, hasFrames, hasBodies, keep };
    const queue = { readBytes: () => this.#threads.tap.depth, limitBytes: this.#config.queueBytes };
    return (this.#ship = new LiveShip(order, this.#host.log, queue));
  }

  /** Starts the servers that go on with sockets of a running recorder. */
  async adopt(): Promise<void> {
    for (const begin of this.#adoptions) await begin();
  }

  get running(): { readonly proxy: Proxy; readonly metrics: MetricsServer | null } {
    if (this.#proxy === null) throw new TypeError('the proxy has not started: call prepare and adopt first');
    return { proxy: this.#proxy, metrics: this.#metrics };
  }

  async discard(): Promise<void> {
    await Promise.all([this.#proxy?.close(), this.#metrics?.close()]);
    this.#keyFile?.discard();
  }
}
