import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';

describe('gatetape export', () => {
  it('writes a tape to a file or to stdout, and the mock takes it', async () => {
    const db = sampleCapture();
    const output = scratchFile('a.tape.ndjson');
    const args = ['export', '--db', db, '--session', 'latest', '--as', 'tape'];
    expect(await gatetape([...args, '--output', output])).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const { stdout } = await runHere(args);
    expect(readFileSync(output, 'utf8')).toBe(stdout);
    expect(stdout.split('\n')[0]).toMatch(/^\{"tape":1,/);
    const again = await runHere([...args, '--output', output]);
    expect(again).toEqual({
      stdout: '',
      stderr: `gatetape: ${output} exists already: choose another name, or add --force\n`,
      exitCode: 2,
    });
    expect((await runHere([...args, '--output', output, '--force'])).exitCode).toBe(0);
  });

  it.each([
    [['--session', '9'], 'no session 9'],
    [['--op', '0'], 'a tape is a whole session'],
    [['--as', 'vhs'], '--as is "vhs"'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await runHere(['export', '--db', sampleCapture(), ...flags]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });
});
