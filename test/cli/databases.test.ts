/** Commands on several databases: the files of a rotated recording answer like the one file that it would have been. */
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { findDatabases } from '../../src/library/databases.js';
import { SteadyStore } from '../../src/worker/steady-store.js';
import { runHere } from '../support/command-line.js';
import {
  attached,
  closed,
  exchange,
  facts,
  frame,
  heartbeat,
  opened,
  START_US,
} from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { quietWatcher, writeOrder } from '../support/steady-stores.js';
import { storeHost } from '../support/stores.js';

const MINUTE_US = 60_000_000;

/** Batches of a recording with one session on one connection, by what its frames are. */
function makeBatches(frames: readonly { readonly op: number; readonly size: number }[]): CaptureRecord[][] {
  const beginning = [opened(), attached({ session: 1 }), facts({ session: 1, shard: [0, 1] })];
  const batches: CaptureRecord[][] = frames.map(({ op, size }, index) => {
    const atUs = START_US + index * MINUTE_US;
    const body = Buffer.from(JSON.stringify({ t: null, s: null, op, d: 'x'.repeat(size) }));
    return [
      frame({ frameNo: index + 1, session: 1, seq: null, event: null, op, body, atUs }),
      heartbeat({ session: 1, sentAtUs: atUs, ackedAtUs: size % 3 === 0 ? null : atUs + size }),
      exchange({ startedAtUs: atUs, endedAtUs: atUs + size }),
      { type: 'gap', connection: 1, sender: 'client', fromUs: atUs, untilUs: atUs, bytes: size },
    ];
  });
  return [beginning, ...batches, [closed({ atUs: START_US + frames.length * MINUTE_US })]];
}

/** Records batches, with a rotation before some of them; returns a pattern for the files. */
function record(batches: readonly CaptureRecord[][], rotations: ReadonlySet<number>): string {
  const path = scratchFile();
  const store = new SteadyStore(writeOrder(path), storeHost, quietWatcher().watcher);
  for (const [index, batch] of batches.entries()) {
    if (rotations.has(index)) store.rotate();
    store.append(batch);
  }
  store.close();
  return join(dirname(path), '*.sqlite');
}

const answer = async (...args: string[]): Promise<unknown> => {
  const { stdout, exitCode, stderr } = await runHere([...args, '--format', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
};

const without = (rows: unknown, ...keys: string[]): unknown =>
  (rows as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key))),
  );

const RECORDING = fc.record({
  frames: fc.array(fc.record({ op: fc.constantFrom(0, 1, 10, 11), size: fc.nat(300) }), {
    minLength: 1,
    maxLength: 8,
  }),
  rotations: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
});

describe('commands on several databases', () => {
  it('answer as on one file with the same records', async () => {
    await fc.assert(
      fc.asyncProperty(RECORDING, async ({ frames, rotations }) => {
        const batches = makeBatches(frames);
        const one = record(batches, new Set());
        const several = record(batches, new Set(rotations));
        for (const by of ['op,event,sender', 'hour,op', 'size', 'shard'])
          expect(await answer('stats', '--db', several, '--by', by)).toEqual(
            await answer('stats', '--db', one, '--by', by),
          );
        // Ids count from 1 in each file.
        const own = ['file', 'id', 'captureId', 'connectionId', 'sessionId', 'frameIds'];
        for (const command of ['frames', 'gaps', 'heartbeats', 'http'])
          for (const limit of [[], ['--limit', '3']])
            expect(without(await answer(command, '--db', several, ...limit), ...own)).toEqual(
              without(await answer(command, '--db', one, ...limit), ...own),
            );
      }),
      { numRuns: 8 },
    );
  });

  it('name the file of each row, and of groups by its ids', async () => {
    const batches = makeBatches([
      { op: 10, size: 1 },
      { op: 11, size: 2 },
    ]);
    const pattern = record(batches, new Set([2]));
    const files = findDatabases([pattern]);
    expect(files).toHaveLength(2);
    const fileOf = (row: unknown): unknown => (row as { file: unknown }).file;
    for (const command of ['sessions', 'connections', 'frames'])
      expect(((await answer(command, '--db', pattern)) as unknown[]).map(fileOf)).toEqual(files);
    const { groups } = (await answer('stats', '--db', files[0]!, '--db', files[1]!, '--by', 'session')) as {
      groups: readonly object[];
    };
    expect(groups.map(fileOf)).toEqual(files);
    const { stdout } = await runHere(['frames', '--db', pattern, '--format', 'csv']);
    expect(stdout.split('\n')[0]).toMatch(/^file,id,/);
    const table = await runHere(['stats', '--db', pattern, '--by', 'connection']);
    expect(table.stdout).toContain(basename(files[0]!));
  });

  it('lint each, as one report', async () => {
    const batches = makeBatches([
      { op: 10, size: 1 },
      { op: 11, size: 2 },
    ]);
    const pattern = record(batches, new Set([2]));
    const lint = async (format: string) =>
      (await runHere(['lint', '--db', pattern, '--format', format])).stdout;
    const report = JSON.parse(await lint('json')) as {
      findings: { file: string }[];
      checked: { frames: number };
    };
    expect(report.checked.frames).toBe(2);
    for (const { file } of report.findings) expect(findDatabases([pattern])).toContain(file);
    expect((JSON.parse(await lint('sarif')) as { runs: unknown[] }).runs).toHaveLength(2);
    for (const file of findDatabases([pattern])) expect(await lint('text')).toContain(`${file}:`);
    expect(await lint('junit')).toMatch(/^<\?xml/);
  });

  it('refuse an id, which is of one database, and a pattern without a file', async () => {
    const pattern = record(makeBatches([{ op: 10, size: 1 }]), new Set([1]));
    for (const args of [
      ['frames', '--session', 'latest'],
      ['stats', '--connection', '1'],
      ['lint', '--session', '1'],
      ['http', '--stats'],
      ['frames', '--follow'],
    ]) {
      const { exitCode, stderr } = await runHere([...args, '--db', pattern]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: expect.stringMatching(
          /is of one database, and these are 2: name that one with --db/,
        ) as string,
      });
    }
    const { exitCode, stderr } = await runHere(['stats', '--db', '/nowhere/*.sqlite']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/no database matches/);
  });
});

describe('findDatabases', () => {
  it('knows patterns in folders too, leaves out logs and locks, and names a file once', () => {
    const one = record(makeBatches([{ op: 1, size: 1 }]), new Set([1]));
    const folder = dirname(one);
    mkdirSync(join(folder, 'a-lock'));
    const all = findDatabases([one, join(dirname(folder), `${basename(folder).slice(0, -1)}?`, '*'), one]);
    expect(all).toEqual(findDatabases([one]));
    expect(findDatabases(['nothing-here.sqlite'])).toEqual(['nothing-here.sqlite']);
  });
});
