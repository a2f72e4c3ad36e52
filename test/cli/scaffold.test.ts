/** `scaffold`: which files it writes, and that it replaces none. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { READY_LINES, storePlaybook } from '../support/lint-playbook.js';
import { scratchFile } from '../support/scratch.js';

const scaffold = (...args: readonly string[]) =>
  runHere(['scaffold', '--db', storePlaybook(READY_LINES), ...args]);

describe('scaffold', () => {
  it('writes a tape and a test into a folder, which it makes', async () => {
    const folder = join(scratchFile('tests'), 'login');
    const { stdout, stderr, exitCode } = await scaffold('--session', '1', '--output', folder);
    const files = [join(folder, 'session-1.tape.ndjson'), join(folder, 'session-1.test.ts')];
    expect({ stdout, exitCode }).toEqual({ stdout: `${files.join('\n')}\n`, exitCode: 0 });
    expect(stderr).toContain('the recording names no library that is known here, so the client is a bare ws');
    expect(readFileSync(files[0] ?? '', 'utf8')).toMatch(/^\{"tape":1,/);
    expect(readFileSync(files[1] ?? '', 'utf8')).toContain("from 'gatetape/vitest'");
    expect((await scaffold('--output', scratchFile('tests'), '--library', 'eris')).stderr).toBe('');
  });

  it.each(['session-1.tape.ndjson', 'session-1.test.ts'])(
    'keeps a %s that exists, and writes nothing then',
    async (name) => {
      const folder = scratchFile('tests');
      mkdirSync(folder);
      writeFileSync(join(folder, name), 'mine');
      const { stdout, stderr, exitCode } = await scaffold('--output', folder);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
      expect(stderr).toBe(
        `gatetape: ${join(folder, name)} exists already: choose another folder with --output, or remove it\n`,
      );
      expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
      expect(
        ['session-1.tape.ndjson', 'session-1.test.ts'].filter((file) => existsSync(join(folder, file))),
      ).toEqual([name]);
    },
  );

  it.each([
    [['--session', '9'], 'has no session 9: list them with `gatetape sessions`'],
    [['--library', 'discord.py'], '--library is "discord.py"'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await scaffold(...flags);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });

  it('refuses a folder that is a file, and a database without sessions', async () => {
    const file = scratchFile('file');
    writeFileSync(file, '');
    const { stderr, exitCode } = await scaffold('--output', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cannot make the folder ${file} (EEXIST): choose another with --output`);
    const empty = await runHere(['scaffold', '--db', storePlaybook([])]);
    expect(empty).toMatchObject({ exitCode: 2, stdout: '' });
    expect(empty.stderr).toContain('has no session yet: record one first');
  });
});
