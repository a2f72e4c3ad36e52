/** `sessions` and `connections`, of the built program. */
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { attached, closed, opened, START_US } from '../support/capture/records.js';
import { sampleCapture } from '../support/capture/samples.js';
import { storeRecords } from '../support/stores.js';

describe('gatetape sessions', () => {
  it('prints the JSON that scripts rely on', async () => {
    const { stdout, exitCode } = await gatetape(['sessions', '--db', sampleCapture(), '--format', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 1,
        sessionAlias: 'redacted:abc',
        userId: '42',
        shard: [0, 1],
        library: 'test-library',
        connections: 1,
        resumes: 0,
        frames: 5,
        firstAtUs: START_US,
        lastAtUs: START_US + 4_000_000,
        lastSeq: 2,
        closeCode: 1000,
        service: 'gateway',
      },
    ]);
  });

  it('prints a table', async () => {
    const { stdout } = await runHere(['sessions', '--db', sampleCapture()]);
    expect(stdout.split('\n')).toEqual([
      'ID  USER  SHARD  LIBRARY       CONNECTIONS  RESUMES  FRAMES  LAST SEQ  FIRST (UTC)              LASTED  CLOSE',
      ' 1  42      0/1  test-library            1        0       5         2  2026-08-01 00:00:00.000     4 s   1000',
      '',
    ]);
  });

  it('prints CSV', async () => {
    const { stdout } = await runHere(['sessions', '--db', sampleCapture(), '--format', 'csv']);
    expect(stdout.split('\n')[0]).toBe(
      'id,sessionAlias,userId,shard,library,connections,resumes,frames,firstAtUs,lastAtUs,lastSeq,closeCode,service',
    );
    expect(stdout.split('\n')[1]).toBe(
      `1,redacted:abc,42,"[0,1]",test-library,1,0,5,${START_US},${START_US + 4_000_000},2,1000,gateway`,
    );
  });
});

describe('gatetape connections', () => {
  it.each([
    [[], [1, 2]],
    [['--upgrade', '502'], [2]],
    [['--close-code', '4004,1000'], [1]],
    [['--closed-by', 'gateway'], []],
    [['--session', '1'], [1]],
    [['--since', String(START_US + 1)], [2]],
    [['--limit', '1'], [2]],
    [['--connection', '1', '--capture', 'latest'], [1]],
  ])('lists the connections that match %j', async (flags, ids) => {
    const { stdout, stderr } = await runHere([
      'connections',
      '--db',
      sampleCapture(),
      '--format',
      'json',
      ...flags,
    ]);
    expect(stderr).toBe('');
    expect((JSON.parse(stdout) as { id: number }[]).map(({ id }) => id)).toEqual(ids);
  });

  it('prints transport, relay mode, TLS, who closed and how, and the session', async () => {
    const { stdout } = await gatetape(['connections', '--db', sampleCapture(), '--format', 'ndjson']);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({
      id: 1,
      sessionId: 1,
      transport: { version: 10, encoding: 'json', compress: 'none' },
      relayMode: 'verbatim',
      clientTls: false,
      upstreamTls: true,
      closeCode: 1000,
      closedBy: 'client',
      upgradeStatus: 101,
      frames: 6,
    });
    expect(second).toMatchObject({ id: 2, sessionId: null, closedAtUs: null, upgradeStatus: 502 });
  });

  it('names the service if the URL is not of the gateway', async () => {
    const db = storeRecords([
      opened({ upstreamUrl: 'wss://gateway.fluxer.app/?v=1' }),
      attached(),
      opened({ connection: 2 }),
    ]);
    const [table, json, sessions] = await Promise.all([
      runHere(['connections', '--db', db]),
      runHere(['connections', '--db', db, '--format', 'json']),
      runHere(['sessions', '--db', db]),
    ]);
    expect(table.stdout).toMatch(/ SERVICE\n.* fluxer\n.* gateway\n$/);
    expect(JSON.parse(json.stdout)).toMatchObject([{ service: 'fluxer' }, { service: 'gateway' }]);
    expect(sessions.stdout).toMatch(/ SERVICE\n.* fluxer\n$/);
  });

  it('shows the number of failed upgrades that a row counts', async () => {
    const db = storeRecords([
      opened({ upgradeStatus: 502 }),
      closed({ closeCode: null, closedBy: 'proxy', repeats: 7_962 }),
    ]);
    const [table, json] = await Promise.all([
      runHere(['connections', '--db', db]),
      runHere(['connections', '--db', db, '--format', 'json']),
    ]);
    expect(table.stdout).toMatch(/proxy +502 × 7,963\n/);
    expect(JSON.parse(json.stdout)).toMatchObject([{ upgradeStatus: 502, repeats: 7_962 }]);
  });

  it('has the same keys in CSV as in JSON', async () => {
    const db = sampleCapture();
    const [csv, ndjson] = await Promise.all([
      runHere(['connections', '--db', db, '--format', 'csv']),
      runHere(['connections', '--db', db, '--format', 'ndjson']),
    ]);
    const keys = Object.keys(JSON.parse(ndjson.stdout.split('\n')[0] ?? '') as object);
    expect(csv.stdout.split('\n')[0]?.split(',')).toEqual(keys);
  });

  it('prints a table', async () => {
    const { stdout } = await runHere(['connections', '--db', sampleCapture()]);
    expect(stdout).toMatch(/^ID {2}SESSION {2}OPENED \(UTC\)/);
    expect(stdout).toMatch(/\n 1 +1 +2026-08-01 00:00:00.000 +6 s +10 +json +none +gateway +verbatim +6 /);
  });
});
