/** The program as a whole: help, refusals, exit codes, closed pipes. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { frame, opened } from '../support/capture/records.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

/** One line: what happened, what to do. */
const ONE_LINE = /^gatetape: [^\n]+: [^\n]+\n$/;

describe('help', () => {
  it.each([[['stat', '--help']], [['help', 'stat']]])(
    'of an unknown command is an error: %j',
    async (args) => {
      expect(await gatetape(args)).toEqual({
        stdout: '',
        stderr: "gatetape: unknown command 'stat': did you mean stats?\n",
        exitCode: 2,
      });
    },
  );

  it.each([
    [
      ['show'],
      'no frame was named: give either the id of a frame, or latest, or --seq with --session; see gatetape show --help',
    ],
    [['frames', '--limit'], "option '--limit <count>' argument missing: see gatetape frames --help"],
  ])('is named in the error for %j', async (args, text) => {
    expect((await gatetape(args)).stderr).toBe(`gatetape: ${text}\n`);
  });

  it('is printed on stdout', async () => {
    const { stdout, stderr, exitCode } = await gatetape(['--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('Usage: gatetape');
  });

  it('is printed if no command is named', async () => {
    const { stdout, stderr, exitCode } = await gatetape([]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain('Usage: gatetape');
  });

  it('and --version are available', async () => {
    expect(await gatetape(['--version'])).toMatchObject({
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      exitCode: 0,
    });
  });
});

describe('wrong use', () => {
  it('prints one line and exits with 2', async () => {
    const { stdout, stderr, exitCode } = await gatetape(['statz']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toBe("gatetape: unknown command 'statz': did you mean stats?\n");
  });

  it('names the file and the key of a bad config', async () => {
    const config = scratchFile('config.json');
    writeFileSync(config, '{"maxPayloadBytes": true}');
    const { stderr, exitCode } = await gatetape(['sessions', '--config', config]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `gatetape: ${config}: "maxPayloadBytes" is true: expected bytes, such as 1048576 or 64MiB\n`,
    );
  });

  it('warns of a variable that is not a setting, and goes on', async () => {
    const { stderr, exitCode } = await runHere(['sessions', '--db', sampleCapture()], {
      env: { GATETAPE_LISTN: ':0' },
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      'gatetape: warning: GATETAPE_LISTN is not a setting: did you mean GATETAPE_LISTEN?\n',
    );
  });
});

describe('databases that cannot be read', () => {
  const refusal = async (path: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await runHere(['stats', '--db', path]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
    expect(stderr).toMatch(ONE_LINE);
    return stderr;
  };

  it('print one line and exit with 3', async () => {
    const text = scratchFile('notes.txt');
    writeFileSync(
      text,
      'not a database, but long enough to be taken for the header of one, had it the right start',
    );
    const folder = scratchFile('folder');
    mkdirSync(folder);
    const missing = scratchFile('missing.sqlite');
    expect(await refusal(missing)).toContain('there is no database');
    expect(await refusal(text)).toContain(text);
    expect(await refusal(folder)).toContain(folder);
    expect(await refusal(`${text}/below`)).toContain('below');
  });

  it.skipIf(process.getuid?.() === 0)('include one of another user (skipped for root)', async () => {
    const path = sampleCapture();
    chmodSync(path, 0o000);
    expect(await refusal(path)).toContain('permission');
    chmodSync(dirname(path), 0o700);
  });
});

describe('a reader that goes away', () => {
  it('ends a long listing with exit code 0 and no message', async () => {
    const path = scratchFile();
    const store = recordingStore(path);
    const body = Buffer.from(JSON.stringify({ op: 0, d: 'x'.repeat(10_000) }));
    store.append([
      opened(),
      ...Array.from({ length: 500 }, (_, index) => frame({ frameNo: index + 1, body })),
    ]);
    const listing = new Gatetape(['frames', '--db', path, '--format', 'ndjson']);
    await listing.line();
    listing.process.stdout.destroy();
    expect(await listing.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('colour', () => {
  it('is not written to pipes', async () => {
    const { stdout } = await gatetape(['stats', '--db', sampleCapture()], {
      env: { TERM: 'xterm-256color' },
    });
    expect(stdout).not.toContain('\u001b');
  });
});
