/**
 * Doctor: checks whether this machine can record, and says how to mend what prevents it.
 *
 * Native modules are loaded here one by one, so that a missing one is a finding and not an error of the program. Nothing is
 * created or changed, and no request leaves the machine unless `isOnline`.
 */
import { mkdtempSync, rmdirSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/schema.js';
import { listViews } from '../filter/views.js';
import type { InterceptionSettings } from './interception.js';

/** Result of a check. A warning makes a recording worse, a failure makes it impossible. */
export type HealthState = 'ok' | 'warning' | 'failure';

/** Finding of one check. */
export interface HealthCheck {
  readonly check:
    'node' | 'better-sqlite3' | 'zlib' | 'port' | 'folder' | 'views' | 'ca' | 'clock' | 'upstream' | 'api';
  readonly state: HealthState;
  /** The finding in words. */
  readonly detail: string;
  /** What to do; null without a problem. */
  readonly advice: string | null;
}

/** Input of the checks. */
export interface DoctorOptions {
  readonly settings: InterceptionSettings & Pick<Config, 'db' | 'views'>;
  /** Whether the upstream and the API may get requests, also to compare clocks. */
  readonly isOnline: boolean;
  /** Version of Node, without a `v`. */
  readonly nodeVersion: string;
  readonly nowUs: () => number;
}

/** The oldest Node that package.json accepts: major and minor version. */
const OLDEST_NODE = [20, 19] as const;
/** Difference from another clock that is worth a warning. */
const SKEW_US = 60_000_000;
const ANSWER_MS = 10_000;

type Found = Omit<HealthCheck, 'check'>;

/** All checks, in the order in which they are shown. */
export async function examine({
  settings,
  isOnline,
  nodeVersion,
  nowUs,
}: DoctorOptions): Promise<HealthCheck[]> {
  const checks: HealthCheck[] = [
    { check: 'node', ...judgeNode(nodeVersion) },
    { check: 'better-sqlite3', ...(await checkSqlite()) },
    { check: 'zlib', ...(await checkZlib()) },
    { check: 'port', ...(await checkPort(settings.listen)) },
    { check: 'folder', ...checkFolder(settings.db) },
    { check: 'views', ...checkViews(settings.views) },
    { check: 'ca', ...(await checkAuthority(settings)) },
    { check: 'clock', ...(await checkClock(settings.db, nowUs())) },
  ];
  if (!isOnline) return checks;
  const [upstream, api] = await Promise.all([
    reach(settings.upstream.replace(/^ws/, 'http')),
    reach(`${settings.api.replace(/\/$/, '')}/gateway`),
  ]);
  const dateUs = api.dateUs ?? upstream.dateUs;
  return [
    ...checks.map((check) =>
      check.check === 'clock' && check.state === 'ok' && dateUs !== null
        ? { check: check.check, ...judgeClock(nowUs(), dateUs) }
        : check,
    ),
    { check: 'upstream', ...upstream.found },
    { check: 'api', ...api.found },
  ];
}

/** Whether a version of Node is one that gatetape runs on. */
export function judgeNode(version: string): Found {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld
    ? problem('failure', `Node ${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`)
    : fine(`Node ${version}`);
}

/** Finding for an error of loading better-sqlite3. */
export function judgeSqliteError(error: unknown): Found {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const without = 'nothing can be recorded or read';
  if (/NODE_MODULE_VERSION|different Node/.test(message)) {
    return problem('failure', `built for another version of Node: ${without}`, 'npm rebuild better-sqlite3');
  }
  if (code.includes('MODULE_NOT_FOUND')) {
    return problem('failure', `not installed: ${without}`, 'npm install better-sqlite3');
  }
  const [line = ''] = message.split('\n');
  return problem('failure', `does not load (${line}): ${without}`, 'npm rebuild better-sqlite3');
}

async function checkSqlite(): Promise<Found> {
  try {
    const { loadSqlite } = await import('../store/sqlite.js');
    loadSqlite();
    return fine('loaded');
  } catch (error) {
    return judgeSqliteError(error);
  }
}

async function checkZlib(): Promise<Found> {
  const { hasNodeInflate } = await import('../wire/zlib/node-inflate.js');
  return !hasNodeInflate()
    ? problem(
        'warning',
        `cannot be used in Node ${process.versions.node}, which gatetape has not been tried with: zlib-stream takes 2.5 times as long to inflate`,
        'take a version of Node from 20.19 to 26, or a newer gatetape',
      )
    : fine('used');
}

async function checkPort({ host, port }: Config['listen']): Promise<Found> {
  const where = `${host}:${port}`;
  const server = createServer();
  const code = await new Promise<string | null>((done) => {
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen(port, host, () => done(null));
  });
  if (code !== null) {
    const what = code === 'EADDRINUSE' ? 'is taken, maybe by another recorder' : `cannot be used (${code})`;
    return problem('failure', `${where} ${what}`, 'record with another one: --listen :7332');
  }
  await new Promise((done) => server.close(done));
  return fine(`${where} is free`);
}

function checkFolder(db: string): Found {
  const folder = dirname(resolve(db));
  try {
    // Permissions are not enough, because a disk can be read-only.
    rmdirSync(mkdtempSync(join(folder, '.gatetape-')));
    return fine(`${folder} can be written to`);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? problem('failure', `${folder} does not exist`, 'make it, or name another file with --db')
      : problem('failure', `${folder} cannot be written to (${code})`, 'name another file with --db');
  }
}

function checkViews(own: Config['views']): Found {
  const wrong = listViews(own).filter(({ error }) => error !== null);
  if (wrong.length === 0) return fine('the views of the settings are filters');
  const what = wrong.map(({ name, error }) => `${name} (${error ?? ''})`).join(', ');
  return problem('warning', `these views of the settings are no filters: ${what}`, 'mend them there');
}

async function checkAuthority(settings: InterceptionSettings): Promise<Found> {
  const renew = 'gatetape ca shows it, gatetape ca --renew replaces it';
  try {
    const { defaultFolder, readRoot } = await import('../ca/folder.js');
    // A request for the report would create one.
    if (readRoot(settings.caDir ?? defaultFolder(process.env)) === null) {
      return fine('no certificate authority yet: --tls and --mode forward make one');
    }
    const { inspectAuthority } = await import('./interception.js');
    const { path, flaw } = await inspectAuthority(settings);
    return flaw === null ? fine(path) : problem('warning', flaw, renew);
  } catch (error) {
    return problem('failure', (error as Error).message, renew);
  }
}

async function checkClock(db: string, nowUs: number): Promise<Found> {
  const now = formatInstant(nowUs);
  if (!existsSync(db)) return fine(now);
  try {
    const { openReader } = await import('../store/reader.js');
    using reader = openReader(db);
    const newestUs = Math.max(0, ...Array.from(reader.connections(), ({ lastAtUs }) => lastAtUs ?? 0));
    return newestUs > nowUs
      ? problem('warning', `${now} is before the newest record, ${formatInstant(newestUs)}`, 'set the clock')
      : fine(now);
  } catch {
    return problem('warning', `${now}; ${db} cannot be read`, 'gatetape check says why');
  }
}

/** Whether our clock agrees with that of a server, whose header has whole seconds. */
function judgeClock(nowUs: number, serverUs: number): Found {
  return Math.abs(nowUs - serverUs) > SKEW_US
    ? problem(
        'warning',
        `${formatInstant(nowUs)}, but ${formatInstant(serverUs)} at the server`,
        'set the clock',
      )
    : fine(`${formatInstant(nowUs)}, as at the server`);
}

/** Requests a page. Any answer shows that the server can be reached, and has a date. */
async function reach(url: string): Promise<{ readonly found: Found; readonly dateUs: number | null }> {
  try {
    const { status, headers, body } = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await body?.cancel();
    const dateUs = Date.parse(headers.get('date') ?? '') * 1000;
    const found =
      status >= 500
        ? problem('warning', `${url} answers ${status}`, 'try again later')
        : fine(`${url} answers ${status}`);
    return { found, dateUs: Number.isFinite(dateUs) ? dateUs : null };
  } catch (error) {
    const { cause, message } = error as Error & { readonly cause?: NodeJS.ErrnoException };
    const why = cause?.code ?? message;
    return {
      found: problem('failure', `${url} is not reached (${why})`, 'look at the network, a proxy, a firewall'),
      dateUs: null,
    };
  }
}

function formatInstant(atUs: number): string {
  return new Date(atUs / 1000).toISOString();
}

function fine(detail: string): Found {
  return { state: 'ok', detail, advice: null };
}

function problem(state: 'warning' | 'failure', detail: string, advice: string): Found {
  return { state, detail, advice };
}
