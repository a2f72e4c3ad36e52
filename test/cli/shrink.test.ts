import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

describe('gatetape shrink', () => {
  it('writes the smallest tape on which a command fails', async () => {
    const output = scratchFile('least.tape.ndjson');
    const command = ['--', process.execPath, '-e', 'process.exit(5)'];
    const { stdout, stderr, exitCode } = await gatetape([
      'shrink',
      '--tape',
      demo,
      '--output',
      output,
      ...command,
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    expect(stderr).toMatch(/^run 2: still fails with 3 steps .*\n[^]*nothing more can be left out\n$/);
    expect(readFileSync(output, 'utf8').trim().split('\n')).toHaveLength(4);
    expect((await runHere(['replay', '--tape', output])).stdout).toContain('equal');
  });

  it.each([
    [['--', 'true'], 'either a session or a tape'],
    [['--tape', demo, '--', 'true'], 'does not fail on the whole recording'],
    [['--tape', demo, '--', '/no/such/program'], 'ENOENT'],
    [['--tape', demo], "missing required argument 'command'"],
    [['--tape', demo, '--timeout', 'long', '--', 'true'], '--timeout is "long"'],
  ])('refuses %j', async (args, message) => {
    const { stdout, stderr, exitCode } = await runHere(['shrink', ...args]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });
});
