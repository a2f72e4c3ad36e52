/** `gatetape ship`: what a query of the server sees equals the files, whatever fails on the way. */
import { describe, expect, it, vi } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.js';
import { expectEqual, uidOf } from '../support/fleet-contents.js';
import { FleetServer, isFleetInstalled, runWithFleet, startWithFleet } from '../support/fleet.js';
import { GrowingCapture, type Draw } from '../support/capture/growing.js';
import { Random } from '../sim/random.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf } from '../support/stores.js';

const isInstalled = isFleetInstalled('a fleet in ClickHouse');

/** Random numbers that follow from a seed. */
function drawFrom(seed: number): Draw {
  const random = new Random(seed);
  return (below) => random.below(below);
}

const ALL = ['--frames', '--bodies'] as const;

describe.skipIf(!isInstalled)('ship', () => {
  it('copies everything once, and then what is new', async () => {
    const server = await FleetServer.start();
    const capture = new GrowingCapture(scratchFile(), drawFrom(1));
    capture.grow(40);
    const sums = ['ship', '--to', server.url, '--db', capture.path];
    const args = [...sums, ...ALL];
    const first = await runWithFleet(sums);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const [count] = rowsOf(
      capture.path,
      `SELECT count(*) AS frames, max(id) AS last, (SELECT count(*) FROM payload) AS bodies,
         (SELECT count(*) FROM minute_rollup) AS rollups, (SELECT count(*) FROM heartbeat) AS heartbeats FROM frame`,
    );
    const { frames, bodies, rollups, heartbeats, last: throughId } = count ?? {};
    const line = {
      event: 'shipped',
      to: `${server.url}/gatetape`,
      db: capture.path,
      recorder: uidOf(capture.path),
    };
    // Each part by its name: no rows of frames were sent.
    const ofSums = { rollups, summedFrames: frames, heartbeats };
    expect(JSON.parse(first.stdout)).toEqual({ ...line, ...ofSums, frames: 0, bodies: 0, throughId });
    const rest = await runWithFleet(args);
    const nothing = { rollups: 0, summedFrames: 0, heartbeats: 0 };
    expect(JSON.parse(rest.stdout)).toEqual({ ...line, ...nothing, frames, bodies, throughId });
    await expectEqual(server, capture.path);
    const again = await runWithFleet(args);
    expect(JSON.parse(again.stdout)).toEqual({ ...line, ...nothing, frames: 0, bodies: 0, throughId });
    capture.grow(20);
    await runWithFleet(args);
    await expectEqual(server, capture.path);
  });

  it.each([11, 12])('counts as the files do, whatever is killed and whenever (seed %i)', async (seed) => {
    const draw = drawFrom(seed);
    const server = await FleetServer.start();
    const captures = [1, 2, 3].map(() => new GrowingCapture(scratchFile(), draw));
    const files = captures.flatMap(({ path }) => ['--db', path]);
    const args = ['ship', '--to', server.url, ...files, ...ALL, '--batch-rows', '60'];
    for (let round = 0; round < 4; round += 1) {
      for (const capture of captures) capture.grow(5 + draw(20));
      const shipping = startWithFleet(args);
      const [victim, afterMs] = [draw(4), 250 + draw(600)];
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (victim === 0) shipping.signal('SIGKILL');
      if (victim === 1) await server.fail({ refuse: draw(3), lose: 1 + draw(3) });
      if (victim === 2) await server.kill();
      for (const capture of captures) capture.grow(draw(4));
      if (victim === 2) await server.restart();
      await shipping.ended();
    }
    const { exitCode, stderr } = await runWithFleet(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { path } of captures) await expectEqual(server, path);
  });

  it('follows a database that is being recorded, and says what it sent when it is stopped', async () => {
    const server = await FleetServer.start();
    const capture = new GrowingCapture(scratchFile(), drawFrom(2));
    capture.grow(10);
    const shipping = startWithFleet(['ship', '--to', server.url, '--db', capture.path, ...ALL, '--follow']);
    const countFrames = async (): Promise<unknown> => {
      const rows = await server
        .rows<{ n: number }>('SELECT count() AS n FROM gatetape.frame FINAL')
        .catch(() => []);
      return rows[0]?.n;
    };
    const expectAll = (): Promise<unknown> =>
      expect.poll(countFrames).toBe(rowsOf(capture.path, 'SELECT count(*) AS n FROM frame')[0]?.['n']);
    await expectAll();
    capture.grow(10);
    await expectAll();
    // Sessions come last in a pass.
    await vi.waitFor(() => expectEqual(server, capture.path), { timeout: 60_000, interval: 100 });
    shipping.signal('SIGINT');
    const { exitCode, stdout } = await shipping.ended();
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'shipped', recorder: uidOf(capture.path) });
  });

  it('names neither the password nor the user, and says what to do', async () => {
    const password = ['not', 'a', 'secret'].join('-');
    const server = await FleetServer.start({ FRONT_PASSWORD: password });
    const capture = new GrowingCapture(scratchFile(), drawFrom(3));
    capture.grow(2);
    const withPassword = (given: string): string => server.url.replace('http://', `http://someone:${given}@`);
    const wrong = await runWithFleet(['ship', '--to', withPassword('other-word'), '--db', capture.path]);
    expect(wrong.exitCode).toBe(4);
    expect(wrong.stderr).toBe(
      `gatetape: ClickHouse at ${server.url}/gatetape cannot be used (516 AUTHENTICATION_FAILED): check the user and the password in the URL\n`,
    );
    const right = await runWithFleet(['ship', '--to', withPassword(password), '--db', capture.path]);
    expect(right.exitCode).toBe(0);
    const fromEnvironment = await runWithFleet(['ship', '--to', server.url, '--db', capture.path], {
      CLICKHOUSE_PASSWORD: password,
    });
    expect(fromEnvironment.exitCode).toBe(0);
    const db = openSqlite(capture.path, { readonly: true });
    const bytes = db.serialize().toString('latin1');
    db.close();
    expect(right.stdout + right.stderr + bytes).not.toContain(password);
    expect(bytes).not.toContain(server.url);
  });

  it('refuses a copy that has gone its own way', async () => {
    const server = await FleetServer.start();
    const capture = new GrowingCapture(scratchFile(), drawFrom(4));
    capture.grow(5);
    await runWithFleet(['ship', '--to', server.url, '--db', capture.path]);
    const copy = scratchFile('copy.sqlite');
    await runWithFleet(['backup', copy, '--db', capture.path]);
    const other = new GrowingCapture(copy, drawFrom(5));
    other.grow(2);
    capture.grow(10);
    await runWithFleet(['ship', '--to', server.url, '--db', capture.path]);
    const { exitCode, stderr } = await runWithFleet(['ship', '--to', server.url, '--db', copy]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      / is a copy of one that has shipped \d+ frames, and differs from it: ship only one of the two/,
    );
    await expectSameSum(server, capture.path);
  });
});

/** Throws unless the roll-ups have as many frames as the file. */
async function expectSameSum(server: FleetServer, path: string): Promise<void> {
  const [row] = await server.rows<{ n: number }>('SELECT sum(frames) AS n FROM gatetape.minute_rollup FINAL');
  expect(row?.n).toBe(rowsOf(path, 'SELECT count(*) AS n FROM frame')[0]?.['n']);
}
