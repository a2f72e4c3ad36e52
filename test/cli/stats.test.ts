/** `stats` in every format. */
import { describe, expect, it } from 'vitest';
import { createPaint } from '../../src/cli/print/paint.js';
import { GROUP_KEY_LIST, statsLines } from '../../src/cli/stats.js';
import type { Stats, StatsFigures } from '../../src/store/stats/stats.js';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { START_US } from '../support/capture/records.js';
import { sampleCapture } from '../support/capture/samples.js';

const FIGURES: StatsFigures = {
  count: 3,
  wireBytes: 1024,
  payloadBytes: 4096,
  ratio: 4,
  perSecond: 1.5,
  sizeP50: 100,
  sizeP95: 2000,
  sizeP99: 2000,
  sizeMax: 2000,
  firstAtUs: START_US,
  lastAtUs: START_US + 2_000_000,
};
const STATS: Stats = {
  groups: [
    { op: 0, opName: 'DISPATCH', event: 'READY', sender: 'gateway', ...FIGURES },
    {
      op: 99,
      opName: null,
      event: null,
      sender: 'client',
      ...FIGURES,
      count: 1,
      ratio: null,
      perSecond: null,
    },
  ],
  total: { ...FIGURES, count: 4 },
  heartbeat: { sent: 2, acked: 1, missed: 1, rttP50Us: 40_000, rttP99Us: 41_000 },
  pruned: { frames: 0, wireBytes: 0, payloadBytes: 0, firstAtUs: null, lastAtUs: null },
};
const plain = { paint: createPaint({}, true, {}), width: Infinity };
const lines = (format: 'table' | 'json' | 'ndjson' | 'csv', stats: Stats = STATS): string[] => [
  ...statsLines(stats, ['op', 'event', 'sender'], format, plain),
];

describe('statsLines', () => {
  it('makes a table with bars, a total and the heartbeats', () => {
    const [heading, first, second, total, empty, heartbeats] = lines('table');
    expect(heading).toMatch(
      /^ +OP {2}NAME +EVENT +SENDER +COUNT +SHARE +WIRE +PAYLOAD +RATIO +RATE +P50 +P95 +P99 +MAX$/,
    );
    expect(first).toMatch(
      /^ +0 {2}DISPATCH +READY +gateway +3 +75\.0 % {2}█{12} +1 KiB +4 KiB +4\.0× +1\.50\/s +100 B/,
    );
    expect(second).toMatch(/^ +99 {2}– +– +client +1 +25\.0 % {2}████ +1 KiB +4 KiB +– +– +100 B/);
    expect(total).toMatch(/^total +4 +100\.0 % +1 KiB/);
    expect(empty).toBe('');
    expect(heartbeats).toBe('heartbeats: 2 sent, 1 acknowledged, 1 missed; round trip p50 40 ms, p99 41 ms');
  });

  it('draws a timeline, and leaves out sizes if they were not read', () => {
    const none = { sizeP50: null, sizeP95: null, sizeP99: null, sizeMax: null };
    const groups = [0, 1, 3].map((hour) => ({
      ...FIGURES,
      ...none,
      hourAtUs: START_US + hour * 3_600_000_000,
      count: 1 + hour,
    }));
    const heartbeat = { ...STATS.heartbeat, sent: 0 };
    const stats = { ...STATS, groups, total: { ...FIGURES, ...none }, heartbeat };
    const table = [...statsLines(stats, ['hour'], 'table', plain)];
    expect(table[0]).toMatch(/^HOUR \(UTC\) +COUNT +SHARE +WIRE +PAYLOAD +RATIO +RATE$/);
    expect(table.slice(5)).toEqual(['', 'time: ▂▄ █  1 h a block, at most 4 from 2026-08-01 03:00']);
  });

  it('names what each intent let through', () => {
    const groups = [null, 'GUILD_MESSAGES|DIRECT_MESSAGES'].map((intent) => ({ ...FIGURES, intent }));
    const [heading, first, second] = [...statsLines({ ...STATS, groups }, ['intent'], 'table', plain)];
    expect(heading).toMatch(/^INTENT +COUNT/);
    expect([first, second].map((line) => line?.split(' ')[0])).toEqual([
      '(none)',
      'GUILD_MESSAGES|DIRECT_MESSAGES',
    ]);
  });

  it('prints how much was pruned', () => {
    const pruned = {
      frames: 1,
      wireBytes: 2,
      payloadBytes: 2048,
      firstAtUs: START_US,
      lastAtUs: START_US + 1e6,
    };
    expect(lines('table', { ...STATS, pruned }).at(-1)).toBe(
      'pruned: 1 frame (2 KiB) from 2026-08-01 00:00:00.000 to 2026-08-01 00:00:01.000 are not in these figures',
    );
    expect(JSON.parse(lines('json', { ...STATS, pruned }).join(''))).toMatchObject({ pruned });
  });

  it('prints a table without rows', () => {
    const none = { ...FIGURES, count: 0, wireBytes: 0, payloadBytes: 0, ratio: null, perSecond: null };
    const heartbeat = { sent: 0, acked: 0, missed: 0, rttP50Us: null, rttP99Us: null };
    expect(lines('table', { ...STATS, groups: [], total: none, heartbeat })).toHaveLength(2);
    expect(
      JSON.parse(lines('json', { ...STATS, groups: [], total: none, heartbeat }).join('\n')),
    ).toMatchObject({
      groups: [],
    });
  });

  it('makes one JSON object, number for number', () => {
    expect(JSON.parse(lines('json').join('\n'))).toEqual(STATS);
  });

  it('makes JSON lines and CSV of the groups', () => {
    expect(lines('ndjson').map((line) => JSON.parse(line) as unknown)).toEqual(STATS.groups);
    expect(lines('csv')[0]?.split(',')).toEqual(Object.keys(STATS.groups[0]!));
    expect(lines('csv')[2]).toMatch(/^99,,,client,1,1024,4096,,,100,/);
  });
});

describe('parseGroupKeys', () => {
  it('reads a list, each key once', () => {
    expect(GROUP_KEY_LIST.read('op, sender,op')).toEqual(['op', 'sender']);
    expect(GROUP_KEY_LIST.read('op,colour')).toBeUndefined();
    expect(GROUP_KEY_LIST.read('')).toBeUndefined();
  });
});

describe('gatetape stats', () => {
  it('prints the JSON that scripts rely on', async () => {
    const { stdout, exitCode } = await gatetape(['stats', '--db', sampleCapture(), '--format', 'json']);
    expect(exitCode).toBe(0);
    const { groups, total, heartbeat } = JSON.parse(stdout) as Stats;
    expect(groups.map(({ op, event, sender, count }) => [op, event, sender, count])).toContainEqual([
      0,
      'MESSAGE_CREATE',
      'gateway',
      1,
    ]);
    expect(Object.keys(groups[0]!)).toEqual(Object.keys(STATS.groups[0]!));
    expect(total).toMatchObject({ count: 7, firstAtUs: START_US, lastAtUs: START_US + 8_000_000 });
    expect(heartbeat).toEqual({ sent: 2, acked: 1, missed: 1, rttP50Us: 40_000, rttP99Us: 40_000 });
  });

  it('groups and filters by its flags', async () => {
    const db = sampleCapture();
    const of = async (...flags: string[]): Promise<unknown> => {
      const { stdout } = await runHere(['stats', '--db', db, '--format', 'json', ...flags]);
      return (JSON.parse(stdout) as Stats).groups.map((group) => Object.values(group)[0] as unknown);
    };
    expect(await of('--by', 'sender')).toEqual(['gateway', 'client']);
    expect(await of('--by', 'connection', '--since', '2026-08-01T00:00:07Z')).toEqual([2]);
    expect(await of('--by', 'event', '--session', 'latest', '--op', 'DISPATCH')).toEqual([
      'MESSAGE_CREATE',
      'READY',
    ]);
  });

  it('leaves the sizes out when asked to', async () => {
    const { stdout } = await runHere(['stats', '--db', sampleCapture(), '--format', 'json', '--no-sizes']);
    expect((JSON.parse(stdout) as Stats).total).toMatchObject({ count: 7, sizeP50: null, sizeMax: null });
  });

  it.each([
    [['--watch'], 'the output goes elsewhere'],
    [['--watch', '--format', 'json'], '--format is json'],
  ])('refuses %j where there is no terminal', async (flags, message) => {
    const { stdout, stderr, exitCode } = await runHere(['stats', '--db', sampleCapture(), ...flags]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
