import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

function other(): string {
  const path = scratchFile('other.tape.ndjson');
  writeFileSync(path, readFileSync(demo, 'utf8').replace('"name":"tea rota"', '"name":"tea party"'));
  return path;
}

describe('gatetape diff', () => {
  it('ends with 0 when two recordings are equal, and 1 when they are not', async () => {
    const equal = await runHere(['diff', demo, demo]);
    expect(equal).toMatchObject({ exitCode: 0, stderr: '' });
    expect(equal.stdout).toMatch(/^equal: \d+ payloads alike\n$/);
    const different = await gatetape(['diff', demo, other(), '--format', 'json']);
    expect(different.exitCode).toBe(1);
    expect(JSON.parse(different.stdout)).toMatchObject({
      equal: false,
      changed: [{ sender: 'gateway', path: 'd.name', expected: 'tea rota', actual: 'tea party' }],
    });
  });

  it('says so in every format, and takes rules from a file', async () => {
    const path = other();
    expect((await runHere(['diff', demo, path])).stdout).toMatch(/DIFFERENCE +FROM[^]*changed +gateway/);
    const { stdout } = await runHere(['diff', demo, path, '--format', 'junit']);
    expect(stdout).toContain('<failure type="changed" message="d.name: expected &quot;tea rota&quot;');
    const rules = scratchFile('rules.txt');
    writeFileSync(rules, '# threads are renamed\nTHREAD_*:d.name # often\n\n');
    expect((await runHere(['diff', demo, path, '--ignore-file', rules])).exitCode).toBe(0);
  });

  it.each([
    [[demo], "missing required argument 'b'"],
    [[demo, 'missing'], 'cannot read the tape missing'],
    [[demo, '0'], '0 is not the id of a session'],
    [[demo, demo, '--ignore', 'nonsense'], 'is not a rule'],
    [[demo, demo, '--ignore-file', 'missing'], 'cannot read the rules'],
  ])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await runHere(['diff', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
