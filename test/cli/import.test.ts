import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

describe('gatetape import', () => {
  it('imports a file, prints counts, and other commands read the result', async () => {
    const db = scratchFile();
    const { stdout, stderr, exitCode } = await gatetape(['import', demo, '--db', db]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      event: 'imported',
      db,
      as: 'tape',
      capture: 1,
      undecodable: 0,
    });
    const replay = await runHere(['replay', '--session', 'latest', '--db', db]);
    expect(replay).toMatchObject({ exitCode: 0, stderr: '' });
    expect(replay.stdout).toContain('equal');
  });

  it.each([
    [[`${demo}.missing`], 'cannot read'],
    [[fileURLToPath(import.meta.url)], 'of no form that can be imported'],
    [[demo, '--as', 'vhs'], '--as is "vhs"'],
    [[], "missing required argument 'file'"],
  ])('refuses %j', async (args, message) => {
    const { stdout, stderr, exitCode } = await runHere(['import', ...args, '--db', scratchFile()]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });
});
