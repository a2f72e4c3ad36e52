/** `--from` of the commands that look: what a fleet answers is what the files answer. */
import { describe, expect, it } from 'vitest';
import { basename, dirname } from 'node:path';
import { FleetServer, isFleetInstalled, runWithFleet } from '../support/fleet.js';
import { gatetape } from '../support/gatetape.js';
import { GrowingCapture } from '../support/capture/growing.js';
import { scratchFile } from '../support/scratch.js';
import { Random } from '../sim/random.js';
import { START_US } from '../support/capture/records.js';

const isInstalled = isFleetInstalled('questions to a fleet');
const MINUTE_US = 60_000_000;

/** Questions that sums answer. */
const STATS: readonly (readonly string[])[] = [
  [],
  ['--no-sizes'],
  ['--by', 'minute,sender'],
  ['--by', 'shard,event'],
  ['--by', 'intent'],
  ['--by', 'connection,sender'],
  ['--filter', 'event:MESSAGE_*,T*'],
  ['--filter', '-event:[A-N]* (op:0 or sender:gateway)'],
  ['--filter', '-shard:1 service:fluxer'],
  ['--filter', 'kind:close or -op:0'],
  ['--since', String(START_US + 2 * MINUTE_US), '--until', String(START_US + 5 * MINUTE_US)],
  ['--shard', '0..1', '--by', 'shard'],
];

/** Questions that need the frames. */
const FRAMES: readonly (readonly string[])[] = [
  [],
  ['--view', 'quiet', '--limit', '20'],
  ['--filter', 'event:MESSAGE_* d.content:~é*', '--hide', 'heartbeats'],
  ['--filter', '-shard:1 (kind:close or "é") service:fluxer', '--grep', 'éé', '--limit', '9'],
  ['--since', String(START_US + 2 * MINUTE_US + 7), '--until', String(START_US + 5 * MINUTE_US + 1)],
  ['--where', 's=1', '--shard', '0..1', '--limit', '1000000'],
];

describe.skipIf(!isInstalled)('a fleet', () => {
  it('answers as its files do, one or several', async () => {
    const random = new Random(7);
    const server = await FleetServer.start();
    const first = new GrowingCapture(scratchFile('one.sqlite'), (below) => random.below(below));
    const folder = dirname(first.path);
    const second = new GrowingCapture(`${folder}/two.sqlite`, (below) => random.below(below));
    for (const capture of [first, second]) capture.grow(80);
    const files = [first, second].flatMap(({ path }) => ['--db', basename(path)]);
    const sources = ['--db', first.path, '--db', second.path];
    const shipped = await runWithFleet(['ship', '--to', server.url, ...sources]);
    expect(shipped.exitCode).toBe(0);

    const ask = async (args: readonly string[], of: readonly string[]): Promise<unknown> => {
      const { stdout, stderr, exitCode } = await gatetape([...args, ...of, '--format', 'json'], {
        cwd: folder,
      });
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      return JSON.parse(stdout);
    };
    const askFleet = async (args: readonly string[]): Promise<unknown> => {
      const { stdout, stderr, exitCode } = await runWithFleet([
        ...args,
        '--from',
        server.url,
        '--format',
        'json',
      ]);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      return JSON.parse(stdout);
    };
    for (const args of STATS) {
      const question = ['stats', ...args];
      expect(await askFleet(question), args.join(' ')).toEqual(await ask(question, files));
    }
    expect(await askFleet(['sessions'])).toEqual(await ask(['sessions'], files));
    for (const args of [
      ['stats', '--session', '2'],
      ['stats', '--connection', '1'],
      ['stats', '--capture', '1'],
      ['stats', '--by', 'connection,sender'],
      ['sessions'],
    ]) {
      expect(await askFleet([...args, '--recorder', 'two.sqlite'])).toEqual(
        await ask(args, ['--db', 'two.sqlite']),
      );
    }

    const refused = async (args: readonly string[]): Promise<string> =>
      (await runWithFleet([...args, '--from', server.url])).stderr;
    expect(await refused(['stats', '--by', 'guild'])).toMatch(
      /roll-ups, which do not know guild: leave it out of --by/,
    );
    expect(await refused(['stats', '--filter', 'd.content:x'])).toMatch(
      /do not know what payloads say: select by op/,
    );
    expect(await refused(['stats', '--session', '2'])).toMatch(
      /is of one database, and these are 2: give an id/,
    );
    expect(await refused(['stats', '--session', 'latest'])).toMatch(/latest is known to a file, and not/);
    expect(await refused(['frames'])).toMatch(
      /the fleet has no frames of one.sqlite, .*: ship them: gatetape ship --frames --to URL, or ask/,
    );
    const withFrames = await runWithFleet(['ship', '--to', server.url, ...sources, '--frames']);
    expect(withFrames.exitCode).toBe(0);
    expect(await refused(['frames', '--filter', 'word'])).toMatch(
      /no payloads of one.sqlite, .*: ship them: gatetape ship --frames --bodies/,
    );
    expect(await refused(['frames', '--follow'])).toMatch(/--follow follows a file that is being recorded/);
    expect(await refused(['frames', '--limit', '3', '--recorder', 'one.sqlite'])).toBe('');
    expect(await refused(['frames', '--limit', '9', '--format', 'csv'])).toMatch(
      /^gatetape: note: \d+ payloads that the recorders have are not in the fleet: ship them with /,
    );
    await runWithFleet(['ship', '--to', server.url, ...sources, '--frames', '--bodies']);
    for (const args of FRAMES) {
      const question = ['frames', ...args];
      expect(await askFleet(question), args.join(' ')).toEqual(await ask(question, files));
    }
    const drift = ['drift', 'one.sqlite', 'two.sqlite', '--event', 'M*', '--format', 'json'];
    expect(await runWithFleet([...drift, '--from', server.url])).toEqual(
      await gatetape(drift, { cwd: folder }),
    );
    expect(await refused(['drift', '1', '2'])).toMatch(/session 1 is of one database, and these are 2: give/);
    expect(await refused(['drift', 'one.sqlite', 'other.sqlite'])).toMatch(
      /no recorder other.sqlite: name one of one.sqlite, two.sqlite, or ship/,
    );
    expect(await refused(['frames', '--session', '999', '--recorder', 'one.sqlite'])).toMatch(
      /the recorder one.sqlite has no session 999 in the fleet: list/,
    );
    expect(await refused(['stats', '--recorder', 'three.sqlite'])).toMatch(
      /the fleet has no recorder three.sqlite/,
    );
    expect(await refused(['stats', '--db', 'one.sqlite'])).toMatch(/--from asks a fleet, and --db a file/);
  });
});
