/** Views: listed, used by their names, and of the settings. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';

const ids = async (args: readonly string[], env: Record<string, string> = {}): Promise<unknown> => {
  const { stdout, stderr } = await runHere(
    ['frames', '--db', sampleCapture(), '--format', 'ndjson', ...args],
    { env },
  );
  if (stderr !== '') return stderr;
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id);
};

function configOf(views: unknown): string {
  const path = scratchFile('config.json');
  writeFileSync(path, JSON.stringify({ views }));
  return path;
}

describe('gatetape views', () => {
  it('lists those that are built in, and those of the settings in their place', async () => {
    const config = configOf({ quiet: 'op:10', mine: 'event:READY' });
    const { stdout } = await runHere(['views', '--format', 'json', '--config', config]);
    const views = JSON.parse(stdout) as { name: string; filter: string; source: string }[];
    expect(views.slice(-2)).toEqual([
      { name: 'quiet', filter: 'op:10', source: 'settings', error: null },
      { name: 'mine', filter: 'event:READY', source: 'settings', error: null },
    ]);
    expect(views.filter(({ source }) => source === 'built-in').length).toBeGreaterThan(5);
    expect(new Set(views.map(({ name }) => name)).size).toBe(views.length);
    expect((await runHere(['views'])).stdout).toMatch(/^NAME +SOURCE +FILTER\nquiet +built-in +-op:/);
  });

  it('marks which of the settings is no filter, having listed them all', async () => {
    const config = configOf({ mine: 'op:1 evnt:X', good: 'op:1' });
    const { stdout, stderr, exitCode } = await runHere(['views', '--config', config]);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /^mine +settings +op:1 evnt:X {2}\[no filter: there is no key evnt, at column 6 .*\]$/m,
    );
    expect(stdout).toMatch(/^good +settings +op:1$/m);
    expect(stderr).toMatch(/^gatetape: the view mine: there is no key evnt, .*\n {2}op:1 evnt:X\n {7}\^\n$/);
    const json = await runHere(['views', '--format', 'json', '--config', config]);
    const errors = (JSON.parse(json.stdout) as { name: string; error: string | null }[]).filter(
      ({ error }) => error !== null,
    );
    expect(errors.map(({ name }) => name)).toEqual(['mine']);
    const used = await runHere(['frames', '--db', sampleCapture(), '--view', 'mine', '--config', config]);
    expect(used.stderr).toMatch(
      /^gatetape: the view mine: there is no key evnt, at column 6 of the filter: /,
    );
    const doctor = await runHere(['doctor', '--listen', ':0', '--config', config, '--no-color']);
    expect(doctor.stdout).toMatch(
      /^warning +views +these views of the settings are no filters: mine \(.+\): /m,
    );
  });

  it.each([[{ 'a b': 'op:1' }], [{ mine: 5 }], ['op:1'], [{ mine: '' }]])(
    'refuses %j in the settings',
    async (views) => {
      const { stderr, exitCode } = await runHere(['views', '--config', configOf(views)]);
      expect({ stderr, exitCode }).toMatchObject({
        stderr: expect.stringContaining('"views" is') as string,
        exitCode: 2,
      });
    },
  );
});

describe('--view, --hide and --filter', () => {
  it('narrow together, with each other and with the other flags', async () => {
    expect(await ids(['--view', 'client'])).toEqual([2]);
    expect(await ids(['--view', 'mine'], { GATETAPE_VIEWS: '{"mine":"event:READY or op:10"}' })).toEqual([
      1, 3,
    ]);
    expect(await ids(['--hide', 'pings', '--filter', '-status:ok'])).toEqual([6]);
    expect(await ids(['--filter', 'op:0,10', '--filter', '-event:READY', '--event', '!NONE'])).toEqual([
      1, 4,
    ]);
    expect(await ids(['--op', '!0,!10', '--session', '1'])).toEqual([2, 5]);
    expect(await ids(['--filter', 'session:latest', '--limit', '2'])).toEqual([4, 5]);
  });

  it('say what may have been meant', async () => {
    expect(await ids(['--view', 'qiet'])).toBe('gatetape: there is no view qiet: did you mean quiet?\n');
    expect(await ids(['--hide', 'heartbeat'])).toBe(
      'gatetape: --hide is "heartbeat": expected heartbeats, presences, typing, pings, partial\n',
    );
    expect(await ids(['--op', '1 or event:READY'])).toMatch(
      /^gatetape: --op is "1 or event:READY": expected /,
    );
    expect(await ids(['--filter', '(op:1'])).toMatch(/^gatetape: the parenthesis is not closed, at column 1/);
  });

  it('choose the neighbours of a frame that is shown', async () => {
    const shown = await runHere(['show', '4', '--db', sampleCapture(), '--filter', 'op:10,99', '--no-color']);
    expect(shown.stdout).toContain('previous 1, next 5 in session 1');
    const all = await runHere(['show', '4', '--db', sampleCapture(), '--no-color']);
    expect(all.stdout).toContain('previous 3, next 5 in session 1');
  });

  it('choose what statistics count, and what is exported', async () => {
    const stats = await runHere([
      'stats',
      '--db',
      sampleCapture(),
      '--format',
      'json',
      '--filter',
      '"test" or op:99',
    ]);
    expect((JSON.parse(stats.stdout) as { total: { count: number } }).total.count).toBe(1);
    const lines = await runHere([
      'export',
      '--db',
      sampleCapture(),
      '--as',
      'jsonl',
      '--filter',
      'event:READY',
    ]);
    expect(lines.stdout.split('\n').filter((line) => line.includes('READY'))).toHaveLength(1);
    const tape = await runHere(['export', '--db', sampleCapture(), '--filter', 'event:READY']);
    expect(tape.stderr).toContain('a tape is a whole session');
  });
});
