/** `http`, of the built program: the list, its filters and forms, the figures, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { attached, closed, exchange, facts, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore, storeRecords } from '../support/stores.js';

const at = (seconds: number): { startedAtUs: number; endedAtUs: number } => ({
  startedAtUs: START_US + seconds * 1_000_000,
  endedAtUs: START_US + seconds * 1_000_000 + 90_000,
});

/** Path of a database with one session and four calls, one of them after it. */
function calls(): string {
  const none = { contentType: null, wireBytes: 0, text: null, isCut: false };
  return storeRecords([
    opened(),
    attached(),
    facts({ tokenAlias: 'redacted:1' }),
    exchange({ ...at(1), tokenAlias: 'redacted:1' }),
    exchange({
      ...at(2),
      method: 'GET',
      path: '/v10/users/@me',
      route: '/users/@me',
      status: 404,
      request: none,
    }),
    exchange({ ...at(3), status: null, fault: 'no_answer', response: none }),
    closed({ atUs: START_US + 5_000_000 }),
    exchange({ ...at(9), status: 429, responseHeaders: { 'retry-after': '3' } }),
  ]);
}

const idsOf = async (db: string, ...flags: string[]): Promise<number[]> => {
  const { stdout, stderr, exitCode } = await runHere(['http', '--db', db, '--format', 'json', ...flags]);
  expect([stderr, exitCode]).toEqual(['', 0]);
  return (JSON.parse(stdout) as { id: number }[]).map(({ id }) => id);
};

describe('gatetape http', () => {
  it('prints calls as commands for curl, below the API that they were recorded from', async () => {
    const { stdout, stderr, exitCode } = await runHere([
      'http',
      '--db',
      calls(),
      '--id',
      '2',
      '--as',
      'curl',
    ]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^curl \\\n {2}https:\S+\/v10\/users\/@me/);
    const refused = await runHere(['http', '--db', calls(), '--stats', '--as', 'curl']);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('--as curl')]);
  });

  it('selects by a filter, together with the flags', async () => {
    const db = calls();
    expect(await idsOf(db, '--filter', 'status:4xx')).toEqual([2, 4]);
    expect(await idsOf(db, '--filter', 'status:none or route:/users/*')).toEqual([2, 3]);
    expect(await idsOf(db, '--filter', 'session:1 -method:GET')).toEqual([1]);
    expect(await idsOf(db, '--filter', 'hi', '--filter', 'id:3..', '--status', '4xx')).toEqual([4]);
    const refused = await runHere(['http', '--db', db, '--filter', 'event:READY']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      'event is of frames, and REST calls have no such thing, at column 1 of the filter: choose by method, path, route,',
    );
  });

  it('prints a table for people', async () => {
    const { stdout, exitCode } = await gatetape(['http', '--db', calls()]);
    expect(exitCode).toBe(0);
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^ID {2}AT \(UTC\) +METHOD +PATH +STATUS +TOOK +SENT +GOT$/);
    expect(rows.map((row) => row.trim().split(/ {2,}/).slice(2))).toEqual([
      ['POST', '/v10/channels/1/messages', '200', '90 ms', '16 B', '25 B'],
      ['GET', '/v10/users/@me', '404', '90 ms', '–', '25 B'],
      ['POST', '/v10/channels/1/messages', 'no_answer', '90 ms', '16 B', '–'],
      ['POST', '/v10/channels/1/messages', '429', '90 ms', '16 B', '25 B'],
    ]);
  });

  it('prints the same calls as JSON, JSON lines and CSV, with bodies', async () => {
    const db = calls();
    const [json, ndjson, csv] = await Promise.all(
      ['json', 'ndjson', 'csv'].map((format) => runHere(['http', '--db', db, '--format', format])),
    );
    const rows = JSON.parse(json!.stdout) as object[];
    expect(rows).toHaveLength(4);
    expect(rows[3]).toMatchObject({
      startedAtUs: START_US + 9_000_000,
      durationUs: 90_000,
      status: 429,
      responseHeaders: { 'retry-after': '3' },
      requestBody: '{"content":"hi"}',
    });
    expect(
      ndjson!.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(rows);
    const [heading, ...lines] = csv!.stdout.trim().split('\n');
    expect(heading!.split(',')).toEqual(Object.keys(rows[0]!));
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('"{""content"":""hi""}"');
  });

  it('filters', async () => {
    const db = calls();
    const filters: readonly (readonly [readonly string[], readonly number[]])[] = [
      [['--method', 'get'], [2]],
      [
        ['--route', '/channels/*', '--status', '2xx,none'],
        [1, 3],
      ],
      [
        ['--status', '404,429'],
        [2, 4],
      ],
      [
        ['--since', String(at(2).startedAtUs), '--until', '2026-08-01T00:00:09Z'],
        [2, 3],
      ],
      [['--session', 'latest'], [1]],
      [
        ['--limit', '2'],
        [3, 4],
      ],
    ];
    const found = await Promise.all(filters.map(([flags]) => idsOf(db, ...flags)));
    expect(found).toEqual(filters.map(([, ids]) => ids));
  });

  it('prints statistics', async () => {
    const db = calls();
    const flags = ['http', '--db', db, '--status', '4xx,none', '--format'];
    const json = await runHere([...flags, 'json', '--stats']);
    expect(JSON.parse(json.stdout)).toMatchObject({ total: { count: 3, errors: 3, durationMaxUs: 90_000 } });
    const csv = await runHere([...flags, 'csv', '--by', 'route,hour']);
    const lines = csv.stdout.trim().split('\n');
    expect(lines.map((line) => line.split(',').slice(0, 3))).toEqual([
      ['route', 'hourAtUs', 'count'],
      ['/channels/:id/messages', String(START_US), '2'],
      ['/users/@me', String(START_US), '1'],
    ]);
  });

  it.each([
    [['--status', '4x'], '--status is "4x": expected numbers, 4xx or none'],
    [['--by', 'rout'], '--by is "rout": expected some of method,route'],
    [['--stats', '--limit', '3'], 'use --since instead'],
    [['--session', '77'], 'no session 77'],
    [['--connection', '1'], 'a REST call belongs to no connection: choose by --session'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await runHere(['http', '--db', calls(), ...flags]);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('explains what to do if there is no database', async () => {
    const { stderr, exitCode } = await runHere(['http', '--db', scratchFile('missing.sqlite')]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^gatetape: there is no database [^\n]+: record one first[^\n]*\n$/);
  });

  it('exits with 0 when its reader closes the pipe', async () => {
    const path = scratchFile();
    const text = Buffer.from(JSON.stringify('x'.repeat(40_000)));
    const body = { contentType: 'application/json', wireBytes: text.length, text, isCut: false };
    recordingStore(path).append(Array.from({ length: 50 }, () => exchange({ response: body })));
    const reader = new Gatetape(['http', '--format', 'ndjson', '--db', path]);
    await reader.line();
    reader.process.stdout.destroy();
    expect(await reader.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
