/** `gatetape ship` beside a rotation, beside another `ship` of the same file, and with `--ttl`. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listRotatedFiles } from '../../src/store/rotated-files.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { Random } from '../sim/random.js';
import { GrowingCapture } from '../support/capture/growing.js';
import { attached, facts, frame, opened, START_US } from '../support/capture/records.js';
import { expectEqual } from '../support/fleet-contents.js';
import { FleetServer, isFleetInstalled, runWithFleet, startWithFleet } from '../support/fleet.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { rowsOf } from '../support/stores.js';
import { until } from '../support/until.js';

const isInstalled = isFleetInstalled('ship beside a rotation');

const ALL = ['--frames', '--bodies'] as const;

function grown(seed: number): GrowingCapture {
  const random = new Random(seed);
  const capture = new GrowingCapture(scratchFile(), (below) => random.below(below));
  capture.grow(10);
  return capture;
}

describe.skipIf(!isInstalled)('ship', () => {
  it('follows a database through rotations, at whatever moment they come', async () => {
    const server = await FleetServer.start();
    const path = scratchFile();
    const host = { nowUs: () => START_US, randomBytes };
    const store = new SteadyStore(writeOrder(path), host, quietWatcher().watcher);
    onTestFinished(() => store.letGo());
    store.append([
      opened(),
      attached({ session: 1 }),
      facts({ session: 1, alias: 'redacted:0123456789abcdef', userId: '42', shard: [0, 1] }),
    ]);
    const shipping = startWithFleet([
      ...['ship', '--to', server.url, '--db', path, ...ALL, '--follow', '--batch-rows', '7'],
    ]);
    let frameNo = 0;
    const write = (count: number): void => {
      for (let sent = 0; sent < count; sent += 1) {
        frameNo += 1;
        const body = Buffer.from(`{"op":0,"t":"TYPING_START","s":${frameNo},"d":{}}`);
        store.append([frame({ frameNo, seq: frameNo, session: 1, atUs: START_US + frameNo, body })]);
      }
    };
    const countShipped = async (): Promise<number> => {
      const rows = await server
        .rows<{ n: number }>('SELECT uniqExact(body) AS n FROM gatetape.frame_body')
        .catch(() => []);
      return rows[0]?.n ?? 0;
    };
    write(30);
    await until(async () => (await countShipped()) > 0);
    for (let round = 0; round < 12; round += 1) {
      write(20);
      expect(store.rotate()).not.toBeNull();
      // Ships some of it, and is somewhere else at the next rotation.
      const before = await countShipped();
      if (round % 4 === 3) await expect.poll(countShipped).toBeGreaterThan(before);
    }
    write(5);
    await expect.poll(countShipped).toBe(frameNo);
    shipping.signal('SIGTERM');
    const { exitCode, stderr } = await shipping.ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const files = [...listRotatedFiles(path), path];
    expect(files).toHaveLength(13);
    store.close();
    const last = await runWithFleet(['ship', '--to', server.url, '--db', path, ...ALL]);
    expect(last.exitCode).toBe(0);
    for (const file of files) await expectEqual(server, file);
  });

  it.each([21, 22])('counts as the file does when two ship it at the same time (seed %i)', async (seed) => {
    const server = await FleetServer.start();
    const capture = grown(seed);
    const args = ['ship', '--to', server.url, '--db', capture.path, ...ALL];
    await runWithFleet(args);
    for (let round = 0; round < 4; round += 1) {
      capture.grow(15);
      const both = [
        startWithFleet([...args, '--batch-rows', '11']),
        startWithFleet([...args, '--batch-rows', '40']),
      ];
      capture.grow(3);
      for (const { exitCode, stderr } of await Promise.all(both.map((one) => one.ended()))) {
        if (exitCode === 0) continue;
        expect({ exitCode, stderr }).toEqual({
          exitCode: 3,
          stderr: `gatetape: another gatetape ships ${capture.path}, too: let one of them do it\n`,
        });
      }
    }
    const { exitCode } = await runWithFleet(args);
    expect(exitCode).toBe(0);
    await expectEqual(server, capture.path);
  });

  it('lets the server delete frames and payloads that are older than --ttl, and keeps the sums', async () => {
    const server = await FleetServer.start();
    const { path } = grown(23);
    const count = async (table: string): Promise<unknown> => {
      const rows = await server.rows<{ n: number }>(
        `SELECT ${table === 'minute_rollup' ? 'sum(frames)' : 'count()'} AS n FROM gatetape.${table} FINAL`,
      );
      return rows[0]?.n;
    };
    const frames = rowsOf(path, 'SELECT count(*) AS n FROM frame')[0]?.['n'];
    await runWithFleet(['ship', '--to', server.url, '--db', path, ...ALL, '--ttl', '100000']);
    expect(await count('frame')).toBe(frames);
    // They are of the first of August 2026; a day is long over.
    const { exitCode, stderr } = await runWithFleet([
      ...['ship', '--to', server.url, '--db', path, ...ALL, '--ttl', '1'],
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const table of ['frame', 'frame_body', 'minute_rollup'])
      await server.run(`OPTIMIZE TABLE gatetape.${table} FINAL`);
    await expect.poll(() => count('frame')).toBe(0);
    await expect.poll(() => count('frame_body')).toBe(0);
    expect(await count('minute_rollup')).toBe(frames);
  });
});
