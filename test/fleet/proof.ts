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
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FLEET_PACKAGES, FleetServer } from '../support/fleet.js';
import { MAIN } from '../support/gatetape.js';
import { GrowingCapture } from '../support/capture/growing.js';
import { rowsOf } from '../support/stores.js';
import { Random } from '../sim/random.js';

const { values } = parseArgs({
  options: { frames: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } },
});
const FRAMES = Number(values.frames ?? 2_000_000);
const KILLS = Number(values.kills ?? 50);
const SEED = Number(values.seed ?? 1);
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

const random = new Random(SEED);
const folder = mkdtempSync(join(tmpdir(), 'gatetape-proof-'));
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
const whenFinished = (end: () => unknown): void => void ends.push(end);
const server = await FleetServer.start({}, whenFinished);
const captures = Array.from(
  { length: RECORDERS },
  (_, index) =>
    new GrowingCapture(
      join(folder, `recorder-${index + 1}.sqlite`),
      (below) => random.below(below),
      { longestStepUs: 200_000, burst: 60 },
      whenFinished,
    ),
);
const args = ['ship', '--to', server.url, '--frames', '--bodies', '--batch-rows', String(BATCH_ROWS)];

function ship(more: readonly string[] = []): ChildProcess {
  const { PATH, HOME } = process.env;
  // Each time another one is the first, and is shipped when the kill comes.
  captures.push(...captures.splice(0, 1 + random.below(RECORDERS - 1)));
  const files = captures.flatMap(({ path }) => ['--db', path]);
  return spawn(process.execPath, [MAIN, ...args, ...files, ...more], {
    env: { PATH, HOME, NODE_PATH: FLEET_PACKAGES },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function shipToTheEnd(): Promise<readonly Figures[]> {
  const child = ship();
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
function countWritten(): number {
  return captures.reduce(
    (sum, { path }) => sum + Number(rowsOf(path, 'SELECT coalesce(max(id), 0) AS n FROM frame')[0]?.['n']),
    0,
  );
}

async function killAtRandom(): Promise<{ shipper: number; server: number }> {
  const killed = { shipper: 0, server: 0 };
  let shipping = ship(['--follow']);
  let round = 0;
  while (killed.shipper < KILLS || killed.server < KILLS) {
    round += 1;
    const share = (FRAMES * round) / (2 * KILLS);
    while (countWritten() < Math.min(share, FRAMES)) {
      for (const capture of captures) capture.grow(20);
      // Lets what the children print be read.
      await wait(1);
    }
    await wait(SHORTEST_MS + random.below(LONGEST_MS - SHORTEST_MS));
    const isShippers = killed.server >= KILLS || (killed.shipper < KILLS && random.chance(1 / 2));
    if (isShippers) {
      if (shipping.exitCode !== null) throw new Error(`ship ended by itself with ${shipping.exitCode}`);
      shipping.kill('SIGKILL');
      await once(shipping, 'close');
      killed.shipper += 1;
      shipping = ship(['--follow']);
    } else {
      await server.kill();
      killed.server += 1;
      await wait(random.below(LONGEST_MS));
      await server.restart();
    }
    if (round % 10 === 0) console.log(`${round} kills, ${countWritten()} frames written`);
  }
  shipping.kill('SIGKILL');
  return killed;
}

/** What differs between a file and the server, as lines. */
async function findDifferences(path: string): Promise<readonly string[]> {
  const uid = String(rowsOf(path, 'SELECT uid FROM recorder')[0]?.['uid']);
  const lines: string[] = [];
  for (const [what, [file, fleet]] of Object.entries(COUNTED)) {
    const [there] = await server.rows<Figures>(fleet.replace('OWN', `WHERE recorder = '${uid}'`));
    const [here] = rowsOf(path, file);
    const [one, other] = [here, there].map((figures) => JSON.stringify(figures));
    console.log(`${path.slice(folder.length + 1)} ${what}: ${one}`);
    if (one !== other) lines.push(`${path} ${what}: the file has ${one}, the server ${other}`);
  }
  return lines;
}

const startedAtMs = performance.now();
try {
  const killed = await killAtRandom();
  console.log(`killed: the shipper ${killed.shipper} times, the server ${killed.server} times`);
  await shipToTheEnd();
  const again = await shipToTheEnd();
  const differences = (await Promise.all(captures.map(({ path }) => findDifferences(path)))).flat();
  for (const line of again)
    if (line['frames'] !== 0 || line['rollups'] !== 0)
      differences.push(`sent again: ${JSON.stringify(line)}`);
  const [stored] = await server.rows<Figures>('SELECT count() AS n FROM gatetape.frame');
  console.log(
    `${countWritten()} frames written, ${String(stored?.['n'])} rows of frames stored before they are merged`,
  );
  for (const line of differences) console.log(line);
  console.log(`${differences.length} differences, ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  for (const end of ends.reverse()) await end();
}
