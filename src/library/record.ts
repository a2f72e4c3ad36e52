/**
 * Recorder: joins the proxy and the recorder threads into one object that starts, reports figures, and closes.
 *
 * Only this file joins the two: the proxy knows a `Tap`, the threads a ring. The threads load while the
 * proxy binds its port, and open the database only after that has succeeded, so that a port in use leaves no trace
 * on the disk.
 */
import { parseFileLimit } from '../config/values.js';
import { completeConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { systemHost, type Log } from '../host.js';
import type { LintSeverity } from '../lint/rule.js';
import type { Proxy } from '../proxy/server.js';
import type { ListenAddress } from '../serving/address.js';
import { formatAuthority } from '../serving/http.js';
import { checkRemote } from './remote.js';
import { readCertificates } from './certificates.js';
import { openInterception } from './interception.js';
import { openKeyFile, type KeyFile } from './key-file.js';
import { LiveLint, type LiveFinding } from './live-lint.js';
import type { MetricsServer } from './metrics/metrics-server.js';
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

const NO_LIMIT = { ageUs: Infinity, bytes: Infinity };

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
   * Stops listening, ends every connection, and resolves when all traffic is in the database. Rejects with
   * a StoreError if recording was interrupted and could not resume. Further calls give the same result.
   */
  close(): Promise<Summary>;
}

/**
 * Starts to record. Rejects with UsageError for wrong options, NetworkError if the address is not available,
 * StoreError if the database cannot be used; nothing is left running then.
 */
export async function startRecorder(options: RecorderOptions = {}): Promise<Recorder> {
  const config = toConfig(options);
  checkAddresses(config, options.log);
  const host = systemHost(options.log);
  const { onOverload, onRecordError, queueBytes } = config;
  const threads = new RecorderThreads({ host, onOverload, onRecordError, queueBytes });
  let proxy: Proxy | null = null;
  let metrics: MetricsServer | null = null;
  let keyFile: KeyFile | null = null;
  try {
    // Loaded here, not above, so that it loads in parallel with the threads.
    const { startProxy } = await import('../proxy/server.js');
    proxy = await startProxy({
      host,
      tap: threads.tap,
      listen: config.listen,
      upstream: new URL(config.upstream),
      api: new URL(config.api),
      isRewriting: config.rewrite,
      allowHosts: config.allowHosts,
      allowOrigins: config.allowOrigins,
      ...(await openInterception(config)),
      upstreamCa: config.upstreamCa === null ? [] : readCertificates(config.upstreamCa),
      maxBodyBytes: config.maxBodyBytes,
    });
    const { db, mode, upstream, api, redact: redaction } = config;
    const { maxPayloadBytes, maxBodyBytes, maxDbSizeBytes } = config;
    const capture = { mode, upstream, api, redaction };
    keyFile = config.keyFile === null ? null : openKeyFile(config.keyFile, host);
    const keptKey = keyFile?.key ?? null;
    const isMetered = config.metrics !== null;
    metrics = await startMetrics(config, threads);
    const limits = { maxPayloadBytes, maxBodyBytes, maxDbSizeBytes };
    const rotation = { ...(parseFileLimit(config.rotate ?? '') ?? NO_LIMIT), keep: config.keep };
    await threads.open({ db, redaction, ...limits, capture, keptKey, rotation, isMetered });
    return new RunningRecorder(config, { proxy, threads, metrics, lint: startLint(config, options) });
  } catch (error) {
    await Promise.all([proxy?.close(), metrics?.close(), threads.discard()]);
    keyFile?.discard();
    throw error;
  }
}

async function startMetrics(
  { metrics, db, queueBytes }: Config,
  threads: RecorderThreads,
): Promise<MetricsServer | null> {
  if (metrics === null) return null;
  // Loaded only by those who ask for it.
  const { serveRecorderMetrics } = await import('./metrics/recorder-metrics.js');
  return serveRecorderMetrics(metrics, {
    figures: () => threads.figures(),
    vitalSigns: () => threads.vitalSigns(),
    db,
    queueLimitBytes: queueBytes,
  });
}

/** What runs, and ends with the recorder. */
interface Parts {
  readonly proxy: Proxy;
  readonly threads: RecorderThreads;
  readonly lint: LiveLint | null;
  readonly metrics: MetricsServer | null;
}

class RunningRecorder implements Recorder {
  readonly config: Config;
  readonly stopped: Promise<void>;
  readonly #parts: Parts;
  #summary: Promise<Summary> | null = null;

  constructor(config: Config, parts: Parts) {
    const { threads } = parts;
    this.config = config;
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
    return this.#parts.threads.rotate();
  }

  close(): Promise<Summary> {
    return (this.#summary ??= this.#end());
  }

  async #end(): Promise<Summary> {
    const { proxy, threads, lint, metrics } = this.#parts;
    await proxy.close();
    await lint?.release();
    try {
      return await threads.close();
    } finally {
      await lint?.finish();
      await metrics?.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function startLint({ db, lint: thresholds }: Config, options: RecorderOptions): LiveLint | null {
  const { liveLint, log = () => undefined } = options;
  if (liveLint === undefined) return null;
  const { severity = 'warning', onFinding } = liveLint;
  return new LiveLint({ db, thresholds, severity }, { onFinding, log });
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
