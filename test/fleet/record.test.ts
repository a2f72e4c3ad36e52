/** `gatetape record --ship-to`: what was recorded comes to the server, whatever is killed, away or rotated meanwhile. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ShipFollower } from '../../src/library/ship-follower.js';
import { TWO_SHARDS } from '../support/capture/samples.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectEqual, uidOf } from '../support/fleet-contents.js';
import {
  FleetServer,
  isFleetInstalled,
  provideClient,
  runWithFleet,
  startWithFleet,
} from '../support/fleet.js';
import { Gatetape } from '../support/gatetape.js';
import { messageCreate } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf, storeRecords } from '../support/stores.js';
import { until } from '../support/until.js';

const isInstalled = isFleetInstalled('record --ship-to');

const IDENTIFY = JSON.stringify({ op: 2, d: { token: 'a', intents: 1, properties: {} } });

interface Recording {
  readonly program: Gatetape;
  readonly client: RawClient;
  readonly metricsUrl: string;
}

/** A recorder that ships, with a client that is logged in. */
async function record(
  server: FleetServer,
  gateway: ScriptedGateway,
  db: string,
  ...more: readonly string[]
): Promise<Recording> {
  const program = startWithFleet([
    ...['record', '--listen', '127.0.0.1:0', '--upstream', gateway.url, '--api', gateway.apiUrl, '--db', db],
    ...['--ship-to', `${server.url}/gatetape`, '--ship-frames', '--ship-bodies', ...more],
  ]);
  const listening = JSON.parse(await program.line()) as { gatewayUrl: string; metricsUrl: string };
  const client = await logIn(listening.gatewayUrl);
  return { program, client, metricsUrl: listening.metricsUrl };
}

async function logIn(gatewayUrl: string): Promise<RawClient> {
  const client = await RawClient.connect(gatewayUrl, '?v=10&encoding=json');
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.until(1);
  client.send(0x81, IDENTIFY);
  await client.until(3);
  return client;
}

async function send(gateway: ScriptedGateway, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => gateway.dispatch('MESSAGE_CREATE', messageCreate(index))),
  );
}

const countFrames = (db: string): unknown => rowsOf(db, 'SELECT count(*) AS n FROM frame')[0]?.['n'];

async function countShipped(server: FleetServer): Promise<number> {
  const rows = await server
    .rows<{ n: number }>('SELECT uniqExact(recorder, frame_id) AS n FROM gatetape.frame_body')
    .catch(() => []);
  return rows[0]?.n ?? 0;
}

const listFiles = (db: string): string[] =>
  readdirSync(dirname(db))
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(dirname(db), name));

/** Ships what was recorded in the last moment, as the next run would, and throws unless the server has what the files have. */
async function expectAll(server: FleetServer, files: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runWithFleet([
    ...['ship', '--to', server.url, '--frames', '--bodies'],
    ...files.flatMap((file) => ['--db', file]),
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const file of files) await expectEqual(server, file);
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

describe.skipIf(!isInstalled)('record --ship-to', () => {
  it('reads nothing while the recorder is behind', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    storeRecords(TWO_SHARDS, db);
    provideClient();
    let goOn = (): void => undefined;
    const turn = new Promise<void>((resolve) => (goOn = resolve));
    let askedCount = 0;
    const caughtUp = (): Promise<void> => {
      askedCount += 1;
      return turn;
    };
    const order = {
      ...{ to: `${server.url}/gatetape`, user: undefined, password: undefined, db, keep: null },
      ...{ cluster: null, ttlDays: null, hasFrames: true, hasBodies: true },
    };
    const follower = new ShipFollower(order, () => undefined, { caughtUp });
    follower.start();
    await until(() => askedCount > 0);
    expect([await countShipped(server), follower.figures().shippedFrames]).toEqual([0, 0]);
    goOn();
    await expect.poll(() => follower.figures().shippedFrames).toBe(countFrames(db));
    await follower.release();
  });

  it('ships what is recorded, waits for a server that is away, and goes on after a kill', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const first = await record(server, gateway, db, '--metrics', '127.0.0.1:0');
    await send(gateway, 30);
    await expect.poll(() => countShipped(server)).toBeGreaterThan(30);
    await server.kill();
    await send(gateway, 30);
    await until(() => first.program.stderr.includes('shipping waits, and recording goes on: '));
    expect(await readMetric(first.metricsUrl, 'gatetape_ship_behind_frames')).toBeGreaterThanOrEqual(30);
    expect(await readMetric(first.metricsUrl, 'gatetape_ship_behind_seconds')).toBeGreaterThan(0);
    expect(await readMetric(first.metricsUrl, 'gatetape_ship_failures_total')).toBeGreaterThan(0);
    expect((await fetch(`${first.metricsUrl}/healthz`)).status).toBe(200);
    await server.restart();
    await expect.poll(() => readMetric(first.metricsUrl, 'gatetape_ship_behind_frames')).toBe(0);
    await until(() => first.program.stderr.includes('shipping goes on'));
    await send(gateway, 30);
    await until(() => Number(countFrames(db)) > 90);
    first.program.signal('SIGKILL');
    await first.program.ended();
    const second = await record(server, gateway, db);
    await send(gateway, 30);
    await expect.poll(() => countShipped(server)).toBeGreaterThan(120);
    second.program.signal('SIGTERM');
    expect((await second.program.ended()).exitCode).toBe(0);
    await expectAll(server, [db]);
  });

  it('ends at once while the server is away, says what is left, and the next run ships it', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    await server.kill();
    const first = await record(server, gateway, db);
    await send(gateway, 10);
    await until(() => Number(countFrames(db)) > 10);
    first.program.signal('SIGTERM');
    const { exitCode, stderr } = await first.program.ended();
    expect(exitCode).toBe(0);
    const frames = Number(countFrames(db));
    expect(stderr).toContain(`what is not shipped yet is shipped by the next run: ${frames} frames`);
    // The log is folded in, although a thread had the file open.
    expect(readdirSync(dirname(db)).filter((name) => name.startsWith(basename(db)))).toEqual([basename(db)]);
    await server.restart();
    const second = await record(server, gateway, db);
    await expect.poll(() => countShipped(server)).toBeGreaterThan(10);
    second.program.signal('SIGTERM');
    await second.program.ended();
    await expectAll(server, [db]);
  });

  it('ships files that were put aside before --keep deletes them', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const { program, client } = await record(server, gateway, db, '--keep', '1');
    for (let round = 1; round <= 4; round += 1) {
      await send(gateway, 20);
      await client.until(1 + gateway.lastSeq);
      const rotations = (): number => program.stderr.split('was rotated').length - 1;
      program.signal('SIGUSR1');
      await until(() => rotations() === round);
    }
    await expect.poll(() => program.stderr.split('was deleted, as --keep 1 says\n').length - 1).toBe(3);
    expect(program.stderr).not.toContain('were not shipped');
    program.signal('SIGTERM');
    await program.ended();
    const files = listFiles(db);
    expect(files).toHaveLength(2);
    await expectAll(server, files);
    const [row] = await server.rows<{ n: number }>(
      `SELECT count(DISTINCT body) AS n FROM gatetape.frame_body FINAL WHERE match(body, '"s":[0-9]')`,
    );
    expect(row?.n).toBe(gateway.lastSeq);
  });

  it('keeps ten files more while the server is away, then says what was not shipped', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    await server.kill();
    const { program, client } = await record(server, gateway, db, '--keep', '1');
    for (let round = 1; round <= 12; round += 1) {
      await send(gateway, 5);
      await client.until(1 + gateway.lastSeq);
      program.signal('SIGUSR1');
      await until(() => program.stderr.split('was rotated').length - 1 === round);
    }
    await until(() =>
      /was deleted, as --keep 1 says: [1-9]\d* of its frames were not shipped\n/.test(program.stderr),
    );
    expect(listFiles(db)).toHaveLength(12);
    await server.restart();
    await expect.poll(() => listFiles(db).length).toBe(2);
    program.signal('SIGTERM');
    await program.ended();
    await expectAll(server, listFiles(db));
  });

  it('ships the files of both processes of a handover', async () => {
    const server = await FleetServer.start();
    const db = scratchFile();
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const { program, client } = await record(server, gateway, db);
    await send(gateway, 10);
    program.signal('SIGUSR2');
    const { gatewayUrl, pid } = JSON.parse(await program.line()) as { gatewayUrl: string; pid: number };
    onTestFinished(() => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    });
    await logIn(gatewayUrl);
    await send(gateway, 10);
    await client[Symbol.asyncDispose]();
    const files = (): string[] => listFiles(db);
    const inFiles = (): number =>
      files().reduce(
        (sum, file) => sum + Number(rowsOf(file, 'SELECT count(*) AS n FROM payload')[0]?.['n']),
        0,
      );
    await expect.poll(async () => (await countShipped(server)) === inFiles() && inFiles() > 25).toBe(true);
    process.kill(pid, 'SIGTERM');
    await program.ended();
    expect(files()).toHaveLength(2);
    expect(new Set(files().map(uidOf)).size).toBe(2);
    await expectAll(server, files());
  });
});

describe('record --ship-to without its package', () => {
  it('ends at once with one line', async () => {
    const db = scratchFile();
    const { exitCode, stderr } = await new Gatetape([
      ...['record', '--listen', ':0', '--db', db, '--ship-to', 'http://127.0.0.1:1'],
    ]).ended();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr:
        'gatetape: a fleet needs the package @clickhouse/client, which is not installed: install it beside gatetape: npm install @clickhouse/client\n',
    });
    expect(readdirSync(dirname(db))).toEqual([]);
  });

  it('needs an address for everything else that is said about it', async () => {
    const { exitCode, stderr } = await new Gatetape(['record', '--listen', ':0', '--ship-frames']).ended();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'gatetape: what is to be shipped has no address: say where to, with --ship-to URL\n',
    });
  });
});
