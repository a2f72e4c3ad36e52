/** Nothing foreign steers the terminal: not a name, heading, file name, message or stack, on stdout or stderr. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/cli/failure.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { captureScript } from '../support/capture/script.js';
import { runHere } from '../support/command-line.js';

const CAPTURE = `
  open 1
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 < MESSAGE_CREATE {"content":"hi"}
  1 < op99
  call GET /v10/users/@me 200 {"id":"42"}
  end 1`;
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const EVIL = 'x\u001b]0;owned\u0007\u009b2J\u202ey\u2066z';

/** Fails for what steers in what a command printed, line ends aside. */
function expectHarmless({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
  expect(stdout.replaceAll('\n', '')).not.toMatch(STEERING);
  expect(stderr.replaceAll('\n', '')).not.toMatch(STEERING);
}

describe('control characters in the output of commands', () => {
  it('are escaped in names of a database', async () => {
    const db = captureScript(CAPTURE).database();
    const handle = openSqlite(db);
    const alter = (sql: string): unknown => handle.prepare(sql).run({ evil: EVIL });
    alter("UPDATE frame_type SET event = :evil WHERE event = 'READY'");
    alter(
      'UPDATE connection SET path = :evil, upstream_url = :evil, user_agent = :evil, close_reason = :evil',
    );
    alter('UPDATE session SET alias = :evil, library = :evil, user_id = :evil');
    alter("UPDATE payload SET body = json_object('op', 0, 't', :evil, 'd', :evil) WHERE frame_id = 3");
    handle.close();
    for (const command of [
      ['stats'],
      ['sessions'],
      ['connections'],
      ['frames'],
      ['http'],
      ['opcodes'],
      ['check'],
      ['heartbeats'],
      ['gaps'],
      ['observations'],
      ['drift', '1', '1'],
      ['diff', '1', '1'],
      ['lint', '--context', '3'],
      ['why'],
    ]) {
      const result = await runHere([...command, '--db', db]);
      expect([0, 1], result.stderr).toContain(result.exitCode);
      expectHarmless(result);
    }
    expectHarmless(await runHere(['show', '3', '--db', db]));
  });

  it('are escaped in headings and errors of sql', async () => {
    const db = captureScript(CAPTURE).database();
    const heading = await runHere(['sql', `SELECT 1 AS "${EVIL}", '${EVIL}' AS b`, '--db', db]);
    expect(heading.exitCode).toBe(0);
    expectHarmless(heading);
    expectHarmless(await runHere(['sql', `SELECT "${EVIL}" FROM frame`, '--db', db]));
  });

  it('are escaped in file names, flags and schema objects in errors', async () => {
    const db = captureScript(CAPTURE).database();
    const odd = join(dirname(db), `${EVIL.replaceAll('/', '')}.sqlite`);
    expectHarmless(await runHere(['stats', '--db', odd]));
    expectHarmless(await runHere(['import', odd, '--db', db]));
    expectHarmless(await runHere(['replay', '--tape', odd]));
    expectHarmless(await runHere([EVIL]));
    expectHarmless(await runHere(['stats', `--${EVIL}`]));
    renameSync(db, odd);
    expectHarmless(await runHere(['check', '--db', odd]));
    const handle = openSqlite(odd);
    handle.exec(`CREATE VIEW "${EVIL}" AS SELECT 1`);
    handle.close();
    expectHarmless(await runHere(['check', '--db', odd]));
    const refused = await runHere(['stats', '--db', odd]);
    expect(refused.exitCode).toBe(3);
    expectHarmless(refused);
  });

  it('are escaped in the stack of a bug', () => {
    const { text } = describeFailure(new TypeError(EVIL), null);
    expectHarmless({ stdout: '', stderr: text! });
  });
});

describe('stderr', () => {
  it('is written by the folder print and by the end of the program only', () => {
    const cli = fileURLToPath(new URL('../../src/', import.meta.url));
    const writers = readdirSync(cli, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .filter((name) => /stderr\.write|console\./.test(readFileSync(join(cli, name), 'utf8')));
    expect(writers.sort()).toEqual(['cli/main.ts', 'cli/print/terminal.ts']);
  });
});
