/**
 * Recorder: joins the proxy and the recorder threads into one object that starts, reports figures, and closes.
 *
 * Only this file joins the two: the proxy knows a `Tap`, the threads a ring. The threads load while the
 * proxy binds its port, and open the database only after that has succeeded, so that a port in use leaves no trace
 * on the disk.
 */
import { completeConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { systemHost, type Log } from '../host.js';
import type { LintSeverity } from '../lint/rule.js';
import type { Proxy } from '../proxy/server.js';
import type { ListenAddress } from '../serving/address.js';
import { formatAuthority } from '../serving/http.js';
import type { Predecessor } from './handover/predecessor.js';
import type { HandedOver, SuccessorCommand } from './handover/handed-over.js';
import { RecorderStart } from './recorder-start.js';
import { checkRemote } from './remote.js';
import type { Companion } from './companion-thread.js';
import { startLiveLint, type LiveFinding } from './live-lint.js';
import type { MetricsServer } from './metrics/metrics-server.js';
import { countDecoders } from '../worker/decoder-count.js';
import { RecorderThreads } from '../worker/recorder-threads.js';
import type { CaptureFigures, LiveFigures } from '../worker/vital-signs.js';

/** Options of a recorder: the settings of the command line, each with the same default. */
export type RecorderOptions = Readonly<
  Partial<Omit<Config, 'listen' | 'upstream' | 'api' | 'metrics' | 'logFormat' | 'logLevel'>> & {
    /** Address to listen on, as `HOST:PORT` or as a value; port 0 picks a free one. */
    readonly listen?: string | Config['listen'];
    /** Gateway to dial, `ws:` or `wss:`. */
    readonly upstream?: string | URL;
    /** REST API to pass requests to, up to and with `/api`. */
    readonly api?: string | URL;
    /** Where to answer `/metrics` and `/healthz`, like `listen`; null or omitted for nowhere. */
    readonly metrics?: string | Config['metrics'];
    /** Receives diagnostics; without it the recorder is silent. */
    readonly log?: Log;
    /** Lints what is recorded, in a thread of its own; `lint` has the thresholds. */
    readonly liveLint?: LiveLintOptions | undefined;
  }
>;

export type { LiveFinding } from './live-lint.js';

/** How to lint while recording. */
export interface LiveLintOptions {
  /** Findings of this severity and worse; default `warning`. */
  readonly severity?: LintSeverity;
  /** Gets a breach when it happens, at most one of each rule in a minute. */
  readonly onFinding: (live: LiveFinding) => void;
}

/** Sums over a capture; every counted frame is in the database. */
export type Summary = CaptureFigures;

/** Figures of a running recorder. */
export interface RecorderFigures extends LiveFigures {
  /** Open WebSocket connections; `connections` counts all so far. */
  readonly openConnections: number;
  /** REST calls that passed so far. */
  readonly restCalls: number;
}

/** A running recorder. */
export interface Recorder extends AsyncDisposable {
  /** Gateway URL for clients, such as `ws://127.0.0.1:7331`. */
  readonly gatewayUrl: string;
  /** REST API URL for clients, such as `http://127.0.0.1:7331/api`. */
  readonly apiUrl: string;
  /** Base of `/metrics` and `/healthz`, such as `http://127.0.0.1:9464`; null if they are not served. */
  readonly metricsUrl: string | null;
  /** The effective configuration. */
  readonly config: Config;
  /** Resolves if recording has ended early, with `onRecordError: 'stop'`; the recorder then closes itself. */
  readonly stopped: Promise<void>;
  /** Figures so far; reading them is free. */
  figures(): RecorderFigures;
  /**
   * Puts what was recorded so far aside, and goes on in a new file, without losing a frame or a connection. Resolves to
   * the path of the file that was put aside; null if that could not be done now, of which the log says why.
   */
  rotate(): Promise<string | null>;
  /**
   * Starts `command`, a `gatetape record`, in a process of its own, which goes on in place of this recorder: it gets the
   * sockets that this one listens on, and new clients. This recorder serves the connections that it has, into the same file under
   * the name of one that was put aside. Rejects if the new process cannot start; this one then goes on as before.
   */
  handOver(command: SuccessorCommand, onReleased?: () => Promise<void>): Promise<HandedOver>;
  /** Resolves when the last connection has ended after `handOver`, or its time is up. */
  readonly drained: Promise<void>;
  /**
   * Stops listening, ends every connection, and resolves when all traffic is in the database. Rejects with
   * a StoreError if recording was interrupted and could not resume. Further calls give the same result.
   */
  close(): Promise<Summary>;
}

/**
 * Starts to record. Rejects with UsageError for wrong options, NetworkError if the address is not available,
 * StoreError if the database cannot be used; nothing is left running then.
 */
export function startRecorder(options: RecorderOptions = {}): Promise<Recorder> {
  return startRecorderAfter(null, options);
}

/**
 * The same in a process that a running recorder has started to go on in its place, if there is one.
 *
 * @internal
 */
export async function startRecorderAfter(
  predecessor: Predecessor | null,
  options: RecorderOptions,
): Promise<Recorder> {
  const config = toConfig(options);
  checkAddresses(config, options.log);
  const host = systemHost(options.log);
  const { onOverload, onRecordError, queueBytes } = config;
  const decoders = countDecoders(config.decoders);
  const threads = new RecorderThreads({ host, onOverload, onRecordError, queueBytes, decoders });
  const start = new RecorderStart(config, host, threads);
  try {
    await predecessor?.begin();
    await start.prepare(predecessor);
    const earlier = await predecessor?.askForDatabase(config.db);
    await threads.open(start.makeOrder(earlier ?? null));
    // Only now, so that no client comes to a recorder that cannot record.
    await start.adopt();
    const companions = [startLint(config, options), await start.ship()].filter((one) => one !== null);
    return new RunningRecorder(config, { ...start.running, threads, companions });
  } catch (error) {
    await Promise.all([start.discard(), threads.discard()]);
    throw error;
  }
}

/** What runs, and ends with the recorder. */
interface Parts {
  readonly proxy: Proxy;
  readonly threads: RecorderThreads;
  readonly companions: readonly Companion[];
  readonly metrics: MetricsServer | null;
}

class RunningRecorder implements Recorder {
  readonly config: Config;
  readonly stopped: Promise<void>;
  readonly drained: Promise<void>;
  readonly #parts: Parts;
  #summary: Promise<Summary> | null = null;
  #onDrained: () => void = () => undefined;

  constructor(config: Config, parts: Parts) {
    const { threads } = parts;
    this.config = config;
    this.drained = new Promise((resolve) => (this.#onDrained = resolve));
    this.#parts = parts;
    this.stopped = threads.stopped;
    // The caller of `close` gets the error.
    void threads.stopped.then(() => this.close()).catch(() => undefined);
  }

  get gatewayUrl(): string {
    return this.#parts.proxy.gatewayUrl;
  }

  get apiUrl(): string {
    return this.#parts.proxy.apiUrl;
  }

  get metricsUrl(): string | null {
    return this.#parts.metrics?.url ?? null;
  }

  figures(): RecorderFigures {
    const { connectionCount: openConnections, restCallCount: restCalls } = this.#parts.proxy;
    return { ...this.#parts.threads.figures(), openConnections, restCalls };
  }

  rotate(): Promise<string | null> {
    return this.#parts.threads.rename('rotate');
  }

  async handOver(
    command: SuccessorCommand,
    onReleased: () => Promise<void> = () => Promise.resolve(),
  ): Promise<HandedOver> {
    const { proxy, threads, metrics, companions } = this.#parts;
    const { handOver } = await import('./handover/successor.js');
    const { db, listen, metrics: metricsListen } = this.config;
    let draining: Promise<void> | null = null;
    try {
      return await handOver(command, {
        db,
        addresses: { proxy: listen, metrics: metricsListen },
        listeners: { proxy: proxy.listener, metrics: metrics?.listener ?? null },
        makeWay: async () => {
          await releaseAll(companions);
          const file = await threads.rename('make way');
          for (const each of companions) each.goOn(file ?? db);
          return file;
        },
        moveBack: async () => {
          await releaseAll(companions);
          await threads.rename('move back');
          for (const each of companions) each.goOn(db);
        },
        release: async (drainMs) => {
          draining = drain(proxy, drainMs);
          metrics?.stopListening();
          await onReleased();
        },
      });
    } finally {
      // Not before the new process has said that it listens.
      void (draining as Promise<void> | null)?.then(() => this.#onDrained());
    }
  }

  close(): Promise<Summary> {
    return (this.#summary ??= this.#end());
  }

  async #end(): Promise<Summary> {
    const { proxy, threads, companions, metrics } = this.#parts;
    await proxy.close();
    await releaseAll(companions);
    try {
      return await threads.close();
    } finally {
      await Promise.all(companions.map((each) => each.finish()));
      await metrics?.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function releaseAll(companions: readonly Companion[]): Promise<void> {
  await Promise.all(companions.map((each) => each.release()));
}

function startLint({ db, lint: thresholds }: Config, options: RecorderOptions): Companion | null {
  const { liveLint, log = () => undefined } = options;
  if (liveLint === undefined) return null;
  const { severity = 'warning', onFinding } = liveLint;
  return startLiveLint({ db, thresholds, severity }, { onFinding, log });
}

/** Resolves when the last connection has ended, or after `limitMs`. */
function drain(proxy: Proxy, limitMs: number | null): Promise<void> {
  const drained = proxy.drain();
  if (limitMs === null) return drained;
  return Promise.race([drained, new Promise<void>((resolve) => void setTimeout(resolve, limitMs).unref())]);
}

/** Options in the form of the config file, validated and completed. */
function toConfig(options: RecorderOptions): Config {
  const { listen, upstream, api, metrics } = options;
  return completeConfig(
    {
      ...options,
      log: undefined,
      liveLint: undefined,
      listen: toAuthority(listen),
      metrics: metrics === null ? undefined : toAuthority(metrics),
      upstream: upstream?.toString(),
      api: api?.toString(),
    },
    'startRecorder',
  );
}

function toAuthority(listen: string | ListenAddress | undefined): string | undefined {
  return typeof listen === 'object' ? formatAuthority(listen.host, listen.port) : listen;
}

function checkAddresses({ mode, others, listen, metrics, allowRemote }: Config, log: Log | undefined): void {
  const beyond = mode === 'forward' && others === 'tunnel' ? ', to reach any public host from here' : '';
  const proxy = { server: 'the proxy', beyond: `${beyond}: what they send is recorded` };
  checkRemote({ listen, allowRemote }, proxy, log);
  if (metrics === null) return;
  const page = { server: 'the metrics', beyond: ': they say what is recorded, and how much' };
  checkRemote({ listen: metrics, allowRemote }, page, log);
}
