/**
 * `node test/fleet/proof.mjs [--frames N] [--kills N] [--seed S]`, after `npm run build`: three recorders write so many frames
 * together (default 2,000,000) while `ship --follow --frames --bodies` copies them to one server. Shipper and server are
 * killed at so many random moments each (default 50). At the end, what a query with FINAL counts has to equal what the
 * files count, and a second run of `ship` has to find nothing to send. Ends with 1 if something differs.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FLEET_PACKAGES, FleetServer } from '../support/fleet.js';
import { readCount, readFlags } from '../support/flags.js';
import { MAIN } from '../support/gatetape.js';
import { GrowingCapture } from '../support/capture/growing.js';
import { rowsOf } from '../support/stores.js';
import { Random } from '../sim/random.js';

const RECORDERS = 3;
const BATCH_ROWS = 10_000;
/** Between two kills, in ms. */
const [SHORTEST_MS, LONGEST_MS] = [100, 1_500];

type Figures = Readonly<Record<string, unknown>>;

/** What is counted of each part, in SQL of SQLite and of ClickHouse, where OWN stands for the rows of one recorder. */
const COUNTED: Readonly<Record<string, readonly [file: string, fleet: string]>> = {
  frames: [
    `SELECT count(*) AS n, sum(id) AS ids, sum(frame_no) AS numbers, sum(at_us - 1785542400000000) AS times, sum(wire_bytes) AS wire,
       sum(payload_bytes) AS payload, sum(coalesce(session_id, 0)) AS sessions, sum(connection_id) AS connections FROM frame`,
    `SELECT count() AS n, sum(frame_id) AS ids, sum(frame_no) AS numbers, sum(at_us - 1785542400000000) AS times, sum(wire_bytes) AS wire,
       sum(payload_bytes) AS payload, sum(session_id) AS sessions, sum(connection_id) AS connections FROM gatetape.frame FINAL OWN`,
  ],
  rollups: [
    `SELECT count(*) AS n, sum(frame_count) AS total, sum(wire_bytes) AS wire, sum(payload_bytes) AS payload,
       sum(session_id * frame_count) AS sessions FROM minute_rollup`,
    `SELECT count() AS n, sum(frames) AS total, sum(wire_bytes) AS wire, sum(payload_bytes) AS payload,
       sum(session_id * frames) AS sessions FROM (SELECT * FROM gatetape.minute_rollup FINAL OWN AND frames > 0)`,
  ],
  bodies: [
    `SELECT count(*) AS n, sum(frame_id) AS ids, sum(length(CAST(body AS BLOB))) AS bytes FROM payload`,
    `SELECT count() AS n, sum(frame_id) AS ids, sum(length(body)) AS bytes FROM gatetape.frame_body FINAL OWN`,
  ],
  heartbeats: [
    `SELECT count(*) AS n, count(acked_at_us) AS acked, sum(coalesce(session_id, 0)) AS sessions FROM heartbeat`,
    `SELECT count() AS n, count(acked_at_us) AS acked, sum(session_id) AS sessions FROM gatetape.heartbeat FINAL OWN`,
  ],
  sessions: [
    'SELECT count(*) AS n, sum(id) AS ids FROM session',
    'SELECT count() AS n, sum(id) AS ids FROM gatetape.session FINAL OWN',
  ],
};

/** What to prove. */
interface Order {
  readonly frames: number;
  readonly kills: number;
  readonly seed: number;
}

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { frames, kills, seed } = readFlags('proof', args, {
    frames: { type: 'string', default: '2000000' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  });
  const ends: (() => unknown)[] = [];
  const whenFinished = (end: () => unknown): void => void ends.push(end);
  try {
    const server = await FleetServer.start({}, whenFinished);
    const order = {
      frames: readCount('proof', '--frames', frames),
      kills: readCount('proof', '--kills', kills),
      seed: readCount('proof', '--seed', seed),
    };
    return await new Proof(order, server, whenFinished).run();
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Three recorders, one server, and a shipper between them. */
class Proof {
  readonly #order: Order;
  readonly #server: FleetServer;
  readonly #random: Random;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gatetape-proof-'));
  readonly #captures: GrowingCapture[];

  constructor(order: Order, server: FleetServer, whenFinished: (end: () => unknown) => void) {
    this.#order = order;
    this.#server = server;
    const random = (this.#random = new Random(order.seed));
    whenFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.#captures = Array.from(
      { length: RECORDERS },
      (_, index) =>
        new GrowingCapture(
          join(this.#folder, `recorder-${index + 1}.sqlite`),
          (below) => random.below(below),
          { longestStepUs: 200_000, burst: 60 },
          whenFinished,
        ),
    );
  }

  async run(): Promise<number> {
    const startedAtMs = performance.now();
    const killed = await this.#killAtRandom();
    console.log(`killed: the shipper ${killed.shipper} times, the server ${killed.server} times`);
    await this.#shipToTheEnd();
    const again = await this.#shipToTheEnd();
    const differences: string[] = [];
    for (const { path } of this.#captures) differences.push(...(await this.#findDifferences(path)));
    for (const line of again)
      if (['frames', 'bodies', 'rollups', 'heartbeats'].some((part) => line[part] !== 0))
        differences.push(`sent again: ${JSON.stringify(line)}`);
    const [stored] = await this.#server.rows<Figures>('SELECT count() AS n FROM gatetape.frame');
    console.log(
      `${this.#countWritten()} frames written, ${String(stored?.['n'])} rows of frames stored before they are merged`,
    );
    for (const line of differences) console.log(line);
    console.log(
      `${differences.length} differences, ${Math.round((performance.now() - startedAtMs) / 1000)} s`,
    );
    return differences.length === 0 ? 0 : 1;
  }

  #ship(more: readonly string[] = []): ChildProcess {
    const { PATH, HOME } = process.env;
    // Each time another one is the first, and is shipped when the kill comes.
    this.#captures.push(...this.#captures.splice(0, 1 + this.#random.below(RECORDERS - 1)));
    const files = this.#captures.flatMap(({ path }) => ['--db', path]);
    const flags = ['--frames', '--bodies', '--batch-rows', String(BATCH_ROWS)];
    return spawn(process.execPath, [MAIN, 'ship', '--to', this.#server.url, ...flags, ...files, ...more], {
      env: { PATH, HOME, NODE_PATH: FLEET_PACKAGES },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #shipToTheEnd(): Promise<readonly Figures[]> {
    const child = this.#ship();
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr?.on('data', (bytes: Buffer) => err.push(bytes));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`ship ended with ${code}: ${Buffer.concat(err).toString()}`);
    return Buffer.concat(out)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Figures);
  }

  /** Frames in all files; ids have no holes. */
  #countWritten(): number {
    return this.#captures.reduce(
      (sum, { path }) => sum + Number(rowsOf(path, 'SELECT coalesce(max(id), 0) AS n FROM frame')[0]?.['n']),
      0,
    );
  }

  /** Writes the frames bit by bit, and kills one side after each. */
  async #killAtRandom(): Promise<{ shipper: number; server: number }> {
    const { frames, kills } = this.#order;
    const killed = { shipper: 0, server: 0 };
    let shipping = this.#ship(['--follow']);
    for (let round = 1; killed.shipper < kills || killed.server < kills; round += 1) {
      await this.#growTo((frames * round) / (2 * kills));
      await wait(SHORTEST_MS + this.#random.below(LONGEST_MS - SHORTEST_MS));
      const isShippers = killed.server >= kills || (killed.shipper < kills && this.#random.chance(1 / 2));
      if (isShippers) {
        if (shipping.exitCode !== null) throw new Error(`ship ended by itself with ${shipping.exitCode}`);
        shipping.kill('SIGKILL');
        await once(shipping, 'close');
        killed.shipper += 1;
        shipping = this.#ship(['--follow']);
      } else {
        await this.#server.kill();
        killed.server += 1;
        await wait(this.#random.below(LONGEST_MS));
        await this.#server.restart();
      }
      if (round % 10 === 0) console.log(`${round} kills, ${this.#countWritten()} frames written`);
    }
    shipping.kill('SIGKILL');
    await once(shipping, 'close');
    return killed;
  }

  async #growTo(frames: number): Promise<void> {
    while (this.#countWritten() < frames) {
      for (const capture of this.#captures) capture.grow(20);
      // Lets what the children print be read.
      await wait(1);
    }
  }

  /** What differs between a file and the server, as lines. */
  async #findDifferences(path: string): Promise<readonly string[]> {
    const uid = String(rowsOf(path, 'SELECT uid FROM recorder')[0]?.['uid']);
    const lines: string[] = [];
    for (const [what, [file, fleet]] of Object.entries(COUNTED)) {
      const [there] = await this.#server.rows<Figures>(fleet.replace('OWN', `WHERE recorder = '${uid}'`));
      const [here] = rowsOf(path, file);
      const [one, other] = [here, there].map((figures) => JSON.stringify(figures));
      console.log(`${basename(path)} ${what}: ${one}`);
      if (one !== other) lines.push(`${path} ${what}: the file has ${one}, the server ${other}`);
    }
    return lines;
  }
}
