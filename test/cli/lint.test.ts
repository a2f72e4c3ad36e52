/** `lint`: its forms of output, its exit codes, and what it says of wrong flags. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { READY_LINES, storePlaybook } from '../support/lint-playbook.js';
import { hasJunitSchema, hasSarifSchema, junitFaults, sarifFaults } from '../support/report-schemas.js';
import { scratchFile } from '../support/scratch.js';

const BROKEN = [...READY_LINES, '1 < message_create 2', '2 > op 11', '3 > op 11', '4 < message_create 3'];
const lint = (lines: readonly string[], ...args: readonly string[]) =>
  runHere(['lint', '--db', storePlaybook(lines), ...args]);

describe('lint', () => {
  it('prints findings by severity and rule, with what they mean', async () => {
    const { stdout, exitCode } = await lint(BROKEN, '--severity', 'error');
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'error tx-receive-only (client): The client sent an opcode that only gateways send',
      '  2027-01-15 08:00:02.000  connection 1  session 1  frame 5  the client sent op 11 (HEARTBEAT_ACK) [2 times, last at 2027-01-15 08:00:03.000]',
      '  why: The gateway closes with 4001.',
      '  do:  Do not send it.',
      '',
      '1 error, 0 warnings, 0 notes in 7 frames, 1 connection and 1 session, by 108 rules; 13 not judged, or not everywhere (--format json says why)',
      '',
    ]);
  });

  it('shows the frames around a finding', async () => {
    const { stdout } = await lint(BROKEN, '--rule', 'tx-receive-only', '--context', '1');
    expect(stdout.split('\n').slice(2, 5)).toEqual([
      '      4  2027-01-15 08:00:01.000  gateway  MESSAGE_CREATE 2',
      '    > 5  2027-01-15 08:00:02.000  client  HEARTBEAT_ACK',
      '    > 6  2027-01-15 08:00:03.000  client  HEARTBEAT_ACK',
    ]);
  });

  it('prints JSON with the keys that are promised, and a finding a line', async () => {
    const { stdout } = await lint(BROKEN, '--format', 'json');
    const report = JSON.parse(stdout) as { readonly findings: readonly object[]; readonly checked: object };
    expect(Object.keys(report)).toEqual(['findings', 'checked', 'skipped']);
    expect(Object.keys(report.findings[0] ?? {})).toEqual([
      ...[
        'rule',
        'severity',
        'who',
        'sessionId',
        'connectionId',
        'frameIds',
        'count',
        'firstAtUs',
        'lastAtUs',
      ],
      ...['message', 'why', 'fix', 'source'],
    ]);
    expect(Object.keys(report.checked)).toEqual(['frames', 'connections', 'sessions', 'rules']);
    const lines = (await lint(BROKEN, '--format', 'ndjson')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toHaveLength(report.findings.length);
  });

  it.skipIf(!hasJunitSchema || !hasSarifSchema)(
    'prints JUnit and SARIF as their schemas have them',
    async () => {
      const junit = (await lint(BROKEN, '--format', 'junit')).stdout;
      expect(junit).toContain('<testsuites name="gatetape" tests="108" failures="1" errors="0">');
      expect(await junitFaults(junit)).toEqual([]);
      expect(sarifFaults((await lint(BROKEN, '--format', 'sarif')).stdout)).toEqual([]);
    },
  );

  it.each([
    [BROKEN, [], 1],
    [BROKEN, ['--fail-on', 'never'], 0],
    [BROKEN, ['--ignore', 'tx-*'], 0],
    [READY_LINES, [], 0],
    [[...READY_LINES, '1 > op 99'], [], 0],
    [[...READY_LINES, '1 > op 99'], ['--fail-on', 'warning'], 1],
    [[...READY_LINES, '1 > op 99'], ['--fail-on', 'info', '--rule', 'hb-*'], 0],
  ] as const)('exits by the worst finding: %#', async (lines, args, expected) => {
    expect((await lint(lines, ...args)).exitCode).toBe(expected);
  });

  it('explains a rule, lists all, and names the one that was meant', async () => {
    const explained = (await runHere(['lint', '--explain', 'rs-seq-high'])).stdout;
    expect(explained).toContain('rs-seq-high: RESUME named a sequence number that was never delivered');
    expect(explained).toContain('source:   Discord Docs/Gateway, "Resuming"');
    expect((await runHere(['lint', '--explain', 'px-bytes-differ'])).stdout).toContain(
      'not judged: the recorder',
    );
    const listed = (await runHere(['lint', '--rules'])).stdout.trim().split('\n');
    expect(listed).toHaveLength(121);
    const json = JSON.parse(
      (await runHere(['lint', '--rules', '--format', 'json'])).stdout,
    ) as readonly object[];
    expect(json).toHaveLength(121);
    const one = (await runHere(['lint', '--explain', 'rs-seq-high', '--format', 'json'])).stdout;
    expect(JSON.parse(one)).toMatchObject([{ id: 'rs-seq-high', severity: 'error' }]);
    expect(await runHere(['lint', '--explain', 'rs-seq-hihg'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('rs-seq-high') as string,
    });
  });

  it('takes thresholds from the settings file', async () => {
    const config = scratchFile('lint.json');
    const lines = [...READY_LINES, '5 < beat', '8 < message_create 2', '9 > beat 2'];
    writeFileSync(config, '{"lint":{"beatRequestMs":1000}}');
    const args = ['--rule', 'hb-request-ignored', '--fail-on', 'warning'];
    expect((await lint(lines, ...args)).exitCode).toBe(0);
    expect((await lint(lines, ...args, '--config', config)).exitCode).toBe(1);
    writeFileSync(config, '{"lint":{"beatRequest":1}}');
    expect(await lint(lines, '--config', config)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"lint" is {"beatRequest":1}') as string,
    });
  });

  it('keeps the breaches with a frame that a filter passes, and rules that see all frames', async () => {
    const counts = async (...args: readonly string[]): Promise<readonly (readonly [string, number])[]> => {
      const { stdout } = await lint([...BROKEN, '5 > op 10'], '--format', 'ndjson', ...args);
      const findings = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { readonly rule: string; readonly count: number });
      return findings.map(({ rule, count }) => [rule, count]);
    };
    const rule = ['--rule', 'tx-receive-only'];
    expect(await counts(...rule)).toEqual([['tx-receive-only', 3]]);
    expect(await counts(...rule, '--filter', 'op:HEARTBEAT_ACK')).toEqual([['tx-receive-only', 2]]);
    expect(await counts(...rule, '--filter', 'op:10')).toEqual([['tx-receive-only', 1]]);
    expect(await counts('--filter', 'event:MESSAGE_CREATE')).toEqual([]);
    expect(await counts(...rule, '--hide', 'heartbeats')).toEqual([['tx-receive-only', 1]]);
    expect(await counts('--severity', 'error', '--filter', 'sender:client')).toEqual([
      ['tx-receive-only', 3],
    ]);
  });

  it.each([
    [['--tape', 'a', '--filter', 'op:1'], 'a filter needs a database'],
    [['--filter', 'op:'], 'filter'],
    [['--tape', 'a', '--session', '1'], 'a tape is one session'],
    [['--tape', 'a', '--context', '1'], '--context needs a database'],
    [['--session', '1', '--connection', '1'], 'a session and a connection exclude each other'],
    [['--rule', 'nonsense'], 'there is no rule nonsense'],
    [['--rules', '--format', 'sarif'], 'rules cannot be described as sarif'],
    [['--explain', 'hb-*', '--format', 'junit'], 'rules cannot be described as junit'],
  ])('refuses %j', async (args, why) => {
    const { stderr, exitCode } = await lint(READY_LINES, ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(why);
  });
});
