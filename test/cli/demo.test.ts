/** `demo`: the whole loop, as a newcomer sees it, on top of what an earlier one left. */
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.js';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';
import { storeHost } from '../support/stores.js';

const TAPE = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));

describe('gatetape demo', () => {
  it('records a real client, replays it without differences, and leaves a readable database', async () => {
    const left = scratchFile('gatetape-demo.sqlite');
    const cwd = dirname(left);
    openStore(left, storeHost).close();
    const { stdout, stderr, exitCode } = await gatetape(['demo'], { cwd });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/discord\.js \d+\.\d+\.\d+ +33 dispatches, a disconnect and a resume/);
    expect(stdout).toMatch(/ DISPATCH +MESSAGE_CREATE +gateway +9 /);
    expect(stdout).toContain('Both sides agree: the same 33 dispatches, in the same order.');
    expect(stdout).toContain('frames --db gatetape-demo.sqlite');
    expect(readdirSync(cwd)).toEqual(['gatetape-demo.sqlite']);
    const sessions = await runHere(['sessions', '--format', 'json', '--db', left]);
    expect(JSON.parse(sessions.stdout)).toMatchObject([{ connections: 2, resumes: 1 }]);
    const lint = await runHere(['lint', '--severity', 'warning', '--format', 'json', '--db', left]);
    expect(JSON.parse(lint.stdout)).toMatchObject({ findings: [] });
  });

  it('leaves no files after Ctrl-C', async () => {
    const cwd = dirname(scratchFile());
    const demo = new Gatetape(['demo'], { cwd });
    for (let line = ''; !line.startsWith('2.');) line = await demo.line();
    demo.signal('SIGINT');
    await demo.ended();
    expect(demo.process.signalCode).toBe('SIGINT');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([['demo'], ['record', '--listen', '127.0.0.1:0'], ['import', TAPE]])(
    'leaves no files where %s cannot load SQLite, and says so each time',
    async (...args) => {
      const cwd = dirname(scratchFile());
      // As with an addon that was built for another version of Node, which a test cannot have.
      const env = { NODE_OPTIONS: '--no-addons' };
      for (const round of [1, 2]) {
        const { stderr, exitCode } = await gatetape(args, { cwd, env });
        expect({ round, exitCode }).toEqual({ round, exitCode: 3 });
        expect(stderr).toMatch(/^gatetape: better-sqlite3 cannot be loaded[^\n]*\n$/);
        expect(readdirSync(cwd)).toEqual([]);
      }
    },
  );

  it('does not remove files of others', async () => {
    const file = scratchFile('gatetape-demo.sqlite');
    writeFileSync(file, 'something else');
    const { stderr, exitCode } = await gatetape(['demo'], { cwd: dirname(file) });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'gatetape: gatetape-demo.sqlite is not a database of gatetape: move it out of the way\n',
    );
    expect(readdirSync(dirname(file))).toEqual(['gatetape-demo.sqlite']);
  });
});
