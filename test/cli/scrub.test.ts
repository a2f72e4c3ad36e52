import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { LEAKS } from '../support/leaks.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
const [, [, TOKEN]] = LEAKS as readonly [unknown, readonly [string, string]];

/** The demo tape with a secret in a message. */
function leaky(): string {
  const file = scratchFile('leaky.tape.ndjson');
  writeFileSync(file, readFileSync(demo, 'utf8').replace('"tea rota"', JSON.stringify(`tea ${TOKEN}`)));
  return file;
}

describe('gatetape scrub', () => {
  it('finds nothing in the demo tape', async () => {
    expect(await runHere(['scrub', '--verify', demo])).toEqual({
      stdout: '',
      stderr: 'nothing found in 1 file\n',
      exitCode: 0,
    });
  });

  it('prints where a secret is, but not the secret, and cleans the tape', async () => {
    const file = leaky();
    const { stdout, exitCode } = await gatetape(['scrub', '--verify', file, '--format', 'json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        file,
        line: expect.any(Number) as number,
        path: 'payload.d.name',
        kind: 'discord-token',
        excerpt: `${TOKEN.slice(0, 4)}… (${TOKEN.length} characters)`,
      },
    ]);
    const output = scratchFile('clean.tape.ndjson');
    expect((await runHere(['scrub', file, '--output', output])).exitCode).toBe(0);
    expect((await runHere(['scrub', '--verify', output])).exitCode).toBe(0);
    expect(readFileSync(output, 'utf8')).toContain('"tea redacted:');
  });

  it('finds known secrets', async () => {
    const list = scratchFile('secrets.txt');
    writeFileSync(list, '\n tea rota \n');
    const byFile = await runHere(['scrub', '--verify', demo, '--secrets-file', list]);
    expect(byFile.exitCode).toBe(1);
    expect(byFile.stdout).toContain('known-secret');
    const env = { A_SECRET: 'tea rota' };
    expect((await runHere(['scrub', '--verify', demo, '--secret-env', 'A_SECRET'], { env })).exitCode).toBe(
      1,
    );
  });

  it.each([
    [[demo], 'either looks or writes'],
    [['--verify', `${demo}.missing`], 'cannot read'],
    [['--verify', demo, '--secret-env', 'NOT_SET_AT_ALL'], 'NOT_SET_AT_ALL is not set'],
    [['--verify', demo, '--secrets-file', `${demo}.missing`], 'cannot read the secrets'],
    [[demo, demo, '--output', '-'], 'one file at a time'],
    [[fileURLToPath(import.meta.url), '--output', '-'], 'line 1'],
  ])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await runHere(['scrub', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
