/** A fleet for tests: ClickHouse's engine behind HTTP in a process of its own, and `gatetape ship` to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import Module from 'node:module';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { askFleet, type FleetReader } from '../../src/library/fleet.js';
import { shipDatabases } from '../../src/library/ship.js';
import type { ShippedTiers } from '../../src/store/shipping/unshipped.js';
import { Gatetape, type Result } from './gatetape.js';

/** Where `npm install --no-package-lock --prefix test/fleet` puts the engine and the client. */
export const FLEET_PACKAGES = fileURLToPath(new URL('../fleet/node_modules', import.meta.url));
const FRONT = fileURLToPath(new URL('clickhouse-front.mjs', import.meta.url));

/** Whether the engine and the client can be used; says so if not. */
export function isFleetInstalled(what: string): boolean {
  const isInstalled = existsSync(join(FLEET_PACKAGES, 'chdb')) && existsSync(join(FLEET_PACKAGES, '@chdb'));
  if (!isInstalled)
    console.log(
      `skipped: ${what}; npm install --no-package-lock --prefix test/fleet installs what is needed`,
    );
  return isInstalled;
}

/** One server, which can be killed and started again at the same address. */
export class FleetServer {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;
  #url = '';

  private constructor(env: Readonly<Record<string, string>>) {
    this.#folder = mkdtempSync(join(tmpdir(), 'gatetape-fleet-'));
    this.#env = env;
  }

  /** A running server; it is killed when the test ends, or when `whenFinished` says so. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    whenFinished: (end: () => Promise<void>) => void = onTestFinished,
  ): Promise<FleetServer> {
    const server = new FleetServer(env);
    whenFinished(async () => {
      await server.kill();
      rmSync(server.#folder, { recursive: true, force: true, maxRetries: 5 });
    });
    await server.restart();
    return server;
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return this.#url;
  }

  async restart(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port;
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [FRONT, this.#folder, port], {
      env: { PATH, HOME, TMPDIR, ...this.#env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    for await (const line of createInterface({ input: child.stdout })) {
      this.#url = line;
      return;
    }
    throw new Error('the server did not start');
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Of the next requests, `refuse` are cut off unseen, then `lose` are executed and get no answer, then `cut` get half of it. */
  async fail(faults: {
    readonly refuse?: number;
    readonly lose?: number;
    readonly cut?: number;
  }): Promise<void> {
    const query = new URLSearchParams(
      Object.entries(faults).map(([name, count]): [string, string] => [name, String(count)]),
    );
    await fetch(`${this.#url}/faults?${query.toString()}`);
  }

  /** Runs a statement; resolves to the text of its answer. */
  async run(sql: string): Promise<string> {
    const settings = new URLSearchParams({ output_format_json_quote_64bit_integers: '0' });
    const answer = await fetch(`${this.#url}/?${settings.toString()}`, { method: 'POST', body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  }

  /** Rows of an answer. */
  async rows<Row>(sql: string): Promise<readonly Row[]> {
    const text = await this.run(`${sql} FORMAT JSONEachRow`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  }
}

/** Lets this process find the client of ClickHouse, as NODE_PATH would have from its start. */
export function provideClient(): void {
  process.env['NODE_PATH'] = FLEET_PACKAGES;
  (Module as unknown as { readonly _initPaths: () => void })._initPaths();
}

/** Ships a database in this process, and gives the id that it has in the fleet. */
export async function shipInProcess(
  { url: to }: FleetServer,
  path: string,
  tiers: ShippedTiers,
): Promise<string> {
  provideClient();
  const [shipped] = await shipDatabases({
    ...{ to, db: [path], ...tiers, batchRows: 1_000, cluster: null, ttlDays: null, isFollowing: false },
    stop: new AbortController().signal,
    onProgress: () => undefined,
    onPause: () => undefined,
  });
  if (shipped === undefined) throw new Error(`${path} was not shipped`);
  return shipped.recorder;
}

/** Asks one recorder of a fleet in this process. */
export async function askInProcess<Answer>(
  { url: from }: FleetServer,
  recorder: string,
  use: (reader: FleetReader) => Promise<Answer>,
): Promise<Answer> {
  provideClient();
  return askFleet({ from, recorders: [recorder] }, use);
}

/** `gatetape` with the client of ClickHouse beside it, run to its end. */
export function runWithFleet(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return startWithFleet(args, env).ended();
}

/** The same, running. */
export function startWithFleet(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Gatetape {
  return new Gatetape(args, { env: { NODE_PATH: FLEET_PACKAGES, ...env } });
}
