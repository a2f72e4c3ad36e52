/** Recording comes back by itself: after threads that died, disks that failed and files that were taken away. */
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { startRecorder } from '../../src/library/record.js';
import { ChildRecorder } from '../support/child-recorder.js';
import { canFailDisks, FailingDisk } from '../support/disk-faults.js';
import { messageCreate, SECRETS } from '../support/payloads.js';
import { RawClient } from '../support/raw-client.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectConsistent, expectSound, rowsOf } from '../support/stores.js';

const IDENTIFY = JSON.stringify({ op: 2, d: { token: SECRETS.token, intents: 1, properties: {} } });

/** What a chunk can hold: so much may be counted in a gap although it was recorded, where a batch ended within the chunk. */
const CHUNK_BYTES = 65_536;

type Hooks = Pick<TestContext, 'onTestFinished'>;

async function login(gatewayUrl: string, { onTestFinished }: Hooks): Promise<RawClient> {
  const client = await RawClient.connect(gatewayUrl);
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.until(1);
  client.send(0x81, IDENTIFY);
  await client.until(3);
  return client;
}

interface Scene {
  readonly gateway: ScriptedGateway;
  readonly db: string;
  readonly options: { listen: string; upstream: string; api: string; db: string };
}

async function setTheScene({ onTestFinished }: Hooks): Promise<Scene> {
  const db = scratchFile('capture.sqlite', onTestFinished);
  const gateway = await ScriptedGateway.start({ guilds: 1 });
  onTestFinished(() => gateway.close());
  return { gateway, db, options: { listen: '127.0.0.1:0', upstream: gateway.url, api: gateway.apiUrl, db } };
}

/** Sends messages to the client that came last, and waits until it has got them. */
async function send({ gateway }: Scene, client: RawClient, count: number): Promise<void> {
  const goal = client.frames.length + count;
  for (let index = 0; index < count; index += 1)
    await gateway.dispatch('MESSAGE_CREATE', messageCreate(index));
  await client.until(goal);
}

const payloadsIn = (db: string): number =>
  existsSync(db) ? Number(rowsOf(db, 'SELECT count(*) AS n FROM payload')[0]?.['n']) : 0;

/** Bytes of the gateway on a connection that the database accounts for, in frames with their headers and in gaps. */
function accountedBytes(db: string, connection: number): number {
  const [row] = rowsOf(
    db,
    `SELECT total(wire_bytes + CASE WHEN status <> 'ok' THEN 0 WHEN wire_bytes < 126 THEN 2 ELSE 4 END)
              + (SELECT total(bytes) FROM gap WHERE connection_id = ? AND sender = 'gateway') AS bytes
     FROM frame_view WHERE connection_id = ? AND sender = 'gateway'`,
    connection,
    connection,
  );
  return Number(row?.['bytes']);
}

describe.concurrent('a thread that dies', () => {
  it.for(['recorder', 'writer'] as const)(
    'is started again (%s): one capture, every byte in a frame or a gap, the rest of the stream decoded',
    async (name, context) => {
      const scene = await setTheScene(context);
      const { db, options } = scene;
      const child = await ChildRecorder.start(options, {}, context.onTestFinished);
      const client = await login(child.gatewayUrl, context);
      await send(scene, client, 100);
      await until(() => payloadsIn(db) >= 100);
      child.endThread(name);
      await send(scene, client, 200);
      await child.logged(/^recording goes on after/);
      await send(scene, client, 50);
      const next = await login(child.gatewayUrl, context);
      await send(scene, next, 50);
      const bytes = client.socket.bytesRead - Buffer.byteLength(client.answer);
      const { summary } = (await child.close()) as { summary: Record<string, number> };

      expectSound(db);
      expectConsistent(db);
      expect(summary).toMatchObject({ restarts: 1, connections: 2, gaps: 2 });
      const sums = rowsOf(db, 'SELECT total(bytes) AS bytes, count(*) AS n FROM gap');
      expect(sums).toEqual([{ bytes: summary['unrecordedBytes'], n: 2 }]);
      expect(rowsOf(db, 'SELECT count(*) AS n, max(ended_at_us IS NOT NULL) AS ended FROM capture')).toEqual([
        { n: 1, ended: 1 },
      ]);
      expect(rowsOf(db, 'SELECT count(*) AS n FROM connection WHERE closed_at_us IS NOT NULL')).toEqual([
        { n: 2 },
      ]);
      expect(Math.abs(accountedBytes(db, 1) - bytes)).toBeLessThan(CHUNK_BYTES);
      // What came after the restart is decoded again, and belongs to the session as before.
      const again = `SELECT count(*) AS n, count(DISTINCT session_id) AS sessions, min(session_id) AS session
        FROM frame_view WHERE connection_id = 1 AND id > (SELECT max(id) FROM frame WHERE connection_id = 1) - 50
          AND status = 'ok'`;
      expect(rowsOf(db, again)).toEqual([{ n: 50, sessions: 1, session: 1 }]);
      const whole =
        "SELECT count(*) AS n FROM frame_view WHERE connection_id = 2 AND event = 'MESSAGE_CREATE'";
      expect(rowsOf(db, whole)).toEqual([{ n: 50 }]);
      const numbers = rowsOf(db, 'SELECT frame_no FROM frame WHERE connection_id = 1 ORDER BY id');
      expect(numbers).toEqual(numbers.map((_, index) => ({ frame_no: index + 1 })));
    },
  );
});

describe.runIf(canFailDisks).concurrent('a disk that fails', () => {
  it.for([
    ['broken', 'for one call', 1],
    ['broken', 'for a moment', 0],
    ['full', 'for a moment', 0],
  ] as const)('(%s %s) costs nothing', async ([fault, , failing], context) => {
    const scene = await setTheScene(context);
    const { db, options } = scene;
    const disk = new FailingDisk(db, dirname(db));
    const child = await ChildRecorder.start(options, disk.environment, context.onTestFinished);
    const client = await login(child.gatewayUrl, context);
    await send(scene, client, 50);
    await until(() => payloadsIn(db) >= 50);
    disk.fail(fault, { failing });
    await send(scene, client, 200);
    disk.fail('none');
    await send(scene, client, 50);
    const sums = { payloads: 304, undecodable: 0, gaps: 0, unrecordedBytes: 0, restarts: 0 };
    expect(await child.close()).toEqual({ summary: expect.objectContaining(sums) as unknown });
    expectSound(db);
    expectConsistent(db);
    expect(rowsOf(db, 'SELECT ended_at_us IS NOT NULL AS ended FROM capture')).toEqual([{ ended: 1 }]);
  });

  it('until the end is an error with the amount that is missing, and the capture has no end', async (context) => {
    const scene = await setTheScene(context);
    const { db, options } = scene;
    const disk = new FailingDisk(db, dirname(db));
    const child = await ChildRecorder.start(options, disk.environment, context.onTestFinished);
    const client = await login(child.gatewayUrl, context);
    await send(scene, client, 50);
    await until(() => payloadsIn(db) >= 50);
    const before = client.socket.bytesRead;
    disk.fail('full');
    await send(scene, client, 200);
    const { message, ...failure } = await child.close();
    expect(failure).toMatchObject({ name: 'StoreError', exitCode: 3 });
    expect(message).toMatch(/^recording ended early, and \d+ bytes passed unrecorded: the database /);
    const bytes = /\d+/.exec(String(message))?.[0];
    expect(Number(bytes)).toBeGreaterThanOrEqual(client.socket.bytesRead - before);
    expectSound(db);
    expect(rowsOf(db, 'SELECT ended_at_us FROM capture')).toEqual([{ ended_at_us: null }]);
  });
});

describe.concurrent('a database file that is deleted', () => {
  it('is noticed, and recording goes on in a new one with the connections that are open', async (context) => {
    const scene = await setTheScene(context);
    const { db, options } = scene;
    const log: string[] = [];
    const say = (_level: string, line: string): unknown => log.push(line);
    // Without the rewrite the client gets as many bytes as the gateway sends.
    await using recorder = await startRecorder({ ...options, rewrite: false, log: say });
    const client = await login(recorder.gatewayUrl, context);
    await send(scene, client, 10);
    await until(() => payloadsIn(db) >= 14);
    for (const end of ['', '-wal', '-shm']) rmSync(db + end);
    // With no traffic at all.
    await until(() => log.length > 0);
    expect(log).toEqual([expect.stringContaining('was deleted or replaced')]);
    await send(scene, client, 20);
    const { gaps, unrecordedBytes, frames } = await recorder.close();
    const lost = rowsOf(db, 'SELECT count(*) AS n, sum(bytes) AS bytes, sum(frames) AS frames FROM gap');
    expect(lost).toEqual([{ n: 2, bytes: unrecordedBytes, frames: 14 }]);
    expect(gaps).toBe(2);
    expect(rowsOf(db, 'SELECT count(*) AS n FROM frame')).toEqual([{ n: frames }]);
    const sent = client.socket.bytesRead - Buffer.byteLength(client.answer);
    expect(accountedBytes(db, 1)).toBe(sent);
    expectSound(db);
    expectConsistent(db);
    expect(rowsOf(db, "SELECT count(*) AS n FROM frame_view WHERE status = 'ok' AND session_id = 1")).toEqual(
      [{ n: 20 }],
    );
    expect(rowsOf(db, 'SELECT alias IS NOT NULL AS known, last_seq > 20 AS counts FROM session')).toEqual([
      { known: 1, counts: 1 },
    ]);
  });
});
