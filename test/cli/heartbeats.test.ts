/** `heartbeats`: the list and the figures, against what was recorded. */
import { describe, expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { attached, facts, heartbeat, opened, START_US } from '../support/capture/records.js';
import { storeRecords } from '../support/stores.js';

const MINUTE_US = 60_000_000;

function beats(): string {
  const at = (minute: number, rttUs: number | null): ReturnType<typeof heartbeat> => {
    const sentAtUs = START_US + minute * MINUTE_US;
    return heartbeat({ session: 1, sentAtUs, ackedAtUs: rttUs === null ? null : sentAtUs + rttUs });
  };
  return storeRecords([
    opened(),
    attached(),
    facts({ shard: [2, 4] }),
    at(0, 10_000),
    at(0, 30_000),
    at(1, null),
  ]);
}

const readJson = async (db: string, ...flags: string[]): Promise<unknown> => {
  const { stdout, stderr, exitCode } = await runHere([
    'heartbeats',
    '--db',
    db,
    '--format',
    'json',
    ...flags,
  ]);
  expect([stderr, exitCode]).toEqual(['', 0]);
  return JSON.parse(stdout);
};

describe('gatetape heartbeats', () => {
  it('lists round trips', async () => {
    const db = beats();
    expect(await readJson(db, '--limit', '2')).toEqual([
      {
        id: 2,
        connectionId: 1,
        sessionId: 1,
        sentAtUs: START_US,
        ackedAtUs: START_US + 30_000,
        rttUs: 30_000,
      },
      {
        id: 3,
        connectionId: 1,
        sessionId: 1,
        sentAtUs: START_US + MINUTE_US,
        ackedAtUs: null,
        rttUs: null,
      },
    ]);
    const { stdout } = await runHere(['heartbeats', '--db', db]);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/ {2,}/).at(-1)),
    ).toEqual(['ROUND TRIP', '10 ms', '30 ms', 'missed']);
  });

  it('sums up by minute and by shard', async () => {
    const db = beats();
    expect(await readJson(db, '--by', 'minute,shard')).toEqual([
      {
        minuteAtUs: START_US,
        shard: [2, 4],
        sent: 2,
        acked: 2,
        missed: 0,
        rttP50Us: 10_000,
        rttP99Us: 30_000,
        rttMaxUs: 30_000,
      },
      {
        minuteAtUs: START_US + MINUTE_US,
        shard: [2, 4],
        sent: 1,
        acked: 0,
        missed: 1,
        rttP50Us: null,
        rttP99Us: null,
        rttMaxUs: null,
      },
    ]);
    expect(await readJson(db, '--by', 'connection', '--since', String(START_US + 1))).toMatchObject([
      { connectionId: 1, sent: 1 },
    ]);
    expect(await readJson(db, '--by', 'session', '--shard', '0')).toEqual([]);
  });
});
