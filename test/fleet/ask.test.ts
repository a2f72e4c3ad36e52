/** `--from` of the commands that look: what a fleet answers is what the files answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dirname } from 'node:path';
import { FleetServer, isFleetInstalled, runWithFleet, shipInProcess } from '../support/fleet.js';
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
  ['--by', 'shard,event'],
  ['--by', 'intent'],
  ['--filter', 'event:MESSAGE_*,T*'],
  ['--filter', '-event:[A-N]* (op:0 or sender:gateway)'],
  ['--filter', '-shard:1 service:fluxer'],
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
  const ends: (() => unknown)[] = [];
  const whenFinished = (end: () => unknown): void => void ends.push(end);
  let server: FleetServer;
  let folder = '';
  const FILES = ['--db', 'one.sqlite', '--db', 'two.sqlite'];

  const shipBoth = async (hasFrames: boolean, hasBodies: boolean): Promise<void> => {
    for (const name of ['one.sqlite', 'two.sqlite'])
      await shipInProcess(server, `${folder}/${name}`, { hasFrames, hasBodies });
  };
  const ask = async (args: readonly string[], of: readonly string[] = FILES): Promise<unknown> => {
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
  const refused = async (args: readonly string[]): Promise<string> =>
    (await runWithFleet([...args, '--from', server.url])).stderr;

  beforeAll(async () => {
    const random = new Random(7);
    server = await FleetServer.start({}, whenFinished);
    const path = scratchFile('one.sqlite', whenFinished);
    folder = dirname(path);
    for (const each of [path, `${folder}/two.sqlite`]) {
      new GrowingCapture(each, (below) => random.below(below), undefined, whenFinished).grow(80);
    }
    await shipBoth(false, false);
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  it('answers stats as its files do, one or several', async () => {
    for (const args of STATS) {
      const question = ['stats', ...args];
      expect(await askFleet(question), args.join(' ')).toEqual(await ask(question));
    }
  });

  it('answers what names one recorder, and lists sessions, as its files do', async () => {
    expect(await askFleet(['sessions'])).toEqual(await ask(['sessions']));
    for (const args of [
      ['stats', '--session', '2'],
      ['stats', '--connection', '1', '--by', 'connection,sender'],
      ['stats', '--capture', '1'],
      ['sessions'],
    ]) {
      expect(await askFleet([...args, '--recorder', 'two.sqlite'])).toEqual(
        await ask(args, ['--db', 'two.sqlite']),
      );
    }
  });

  it('says what a question needs that roll-ups do not answer', async () => {
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
    expect(await refused(['stats', '--session', '999', '--recorder', 'one.sqlite'])).toMatch(
      /the recorder one.sqlite has no session 999 in the fleet: list/,
    );
    expect(await refused(['stats', '--recorder', 'three.sqlite'])).toMatch(
      /the fleet has no recorder three.sqlite: name one of one.sqlite, two.sqlite, or ship/,
    );
    expect(await refused(['stats', '--db', 'one.sqlite'])).toMatch(/--from asks a fleet, and --db a file/);
    expect(await refused(['drift', '1', '2'])).toMatch(/session 1 is of one database, and these are 2: give/);
    expect(await refused(['frames', '--follow'])).toMatch(/--follow follows a file that is being recorded/);
    expect(await refused(['frames'])).toMatch(
      /the fleet has no frames of one.sqlite, which was .* --frames: ship them: gatetape ship --frames --to/,
    );
  });

  it('says what a question needs that frames without payloads do not answer', async () => {
    await shipBoth(true, false);
    expect(await refused(['frames', '--filter', 'word'])).toMatch(
      /no payloads of one.sqlite, which was .* --bodies: ship them: gatetape ship --frames --bodies/,
    );
    expect(await refused(['frames', '--limit', '3', '--recorder', 'one.sqlite'])).toBe('');
    expect(await refused(['frames', '--limit', '9', '--format', 'csv'])).toMatch(
      /^gatetape: note: the fleet lacks \d+ payloads of one.sqlite that the answer is about: ship the rest with/,
    );
  });

  it('answers frames and drift as its files do', async () => {
    await shipBoth(true, true);
    for (const args of FRAMES) {
      const question = ['frames', ...args];
      expect(await askFleet(question), args.join(' ')).toEqual(await ask(question));
    }
    const drift = ['drift', 'one.sqlite', 'two.sqlite', '--event', 'M*', '--format', 'json'];
    expect(await runWithFleet([...drift, '--from', server.url])).toEqual(
      await gatetape(drift, { cwd: folder }),
    );
  });
});
