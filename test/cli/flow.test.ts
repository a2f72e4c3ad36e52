/** `flow`: its forms, its files, and what it says when something is missing. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { READY_LINES, storePlaybook } from '../support/lint-playbook.js';
import { scratchFile } from '../support/scratch.js';

const TAPE = 'tapes/demo.tape.ndjson';
const SESSION = [...READY_LINES, '1 < message_create 2', '2 end client 1000'];
const flow = (...args: readonly string[]) => runHere(['flow', ...args]);

describe('flow', () => {
  it('draws a session in the terminal', async () => {
    const { stdout, stderr, exitCode } = await flow('--db', storePlaybook(SESSION), '--session', 'latest');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'AT (UTC)      client    gatetape  gateway   API',
      '2027-01-15 UTC    │         │         │         │',
      '08:00:00.000    ├─────────┼────────►│         │    connects: v10, json, session 1',
      '08:00:00.100    │◄────────┼─────────┤         │    HELLO: heartbeat every 41.3 s',
    ]);
  });

  it.each([
    ['mermaid', /^sequenceDiagram\n/],
    ['svg', /^<svg [\s\S]*<\/svg>\n$/],
    ['perfetto', /^\{"displayTimeUnit":"ms","traceEvents":\[/],
  ])('writes %s to a file, and replaces none unasked', async (form, expected) => {
    const output = scratchFile(`flow.${form}`);
    const args = ['--tape', TAPE, '--as', form, '--output', output];
    expect(await flow(...args)).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(readFileSync(output, 'utf8')).toMatch(expected);
    const again = await flow(...args);
    expect(again.stderr).toBe(`gatetape: ${output} exists already: choose another name, or add --force\n`);
    expect(again.exitCode).toBe(2);
    expect((await flow(...args, '--force')).exitCode).toBe(0);
    expect((await flow('--tape', TAPE, '--as', form, '--output', '-')).stdout).toMatch(expected);
  });

  it('says what it has folded and left out', async () => {
    const { stderr, stdout } = await flow('--tape', TAPE, '--steps', '8');
    expect(stdout).toContain('steps left out');
    expect(stderr).toMatch(
      /^gatetape: note: to keep to 8 steps, different messages in a row are one, and \d+ steps in the middle are not drawn: --steps draws more, a filter less\n$/,
    );
    const trace = await flow('--tape', TAPE, '--as', 'perfetto', '--steps', '8');
    expect(trace.stderr).toContain('gatetape: note: 35 payloads and calls are left out');
  });

  it.each([
    [['--session', '9'], 'has no session 9: list them with `gatetape sessions`'],
    [['--connection', '9'], 'has no connection 9: list them with `gatetape connections`'],
    [['--as', 'png'], '--as is "png"'],
    [['--filter', 'event:NO_SUCH'], 'there is nothing to draw in'],
    [['--steps', '0'], '--steps is "0"'],
    [['--filter', 'evnt:X'], 'evnt'],
    [['--tape', TAPE, '--since', '1h'], '--since needs a database'],
    [
      ['--tape', TAPE, '--where', 'd.a=1'],
      "--where needs a database: choose from a tape by --op, --event or --filter 'd.path:value'",
    ],
    [['--tape', 'none.tape.ndjson'], 'none.tape.ndjson'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await flow('--db', storePlaybook(SESSION), ...flags);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
    expect(stderr.match(/^gatetape: /gm)).toHaveLength(1);
  });

  it('refuses an empty database, a missing one, and a file that is not a database', async () => {
    const empty = await flow('--db', storePlaybook([]));
    expect(empty.stderr).toContain('there is nothing to draw in');
    expect(empty.exitCode).toBe(2);
    const missing = scratchFile();
    expect(await flow('--db', missing)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(existsSync(missing)).toBe(false);
    const other = scratchFile();
    writeFileSync(other, 'not a database');
    expect((await flow('--db', other)).exitCode).toBe(3);
  });
});
