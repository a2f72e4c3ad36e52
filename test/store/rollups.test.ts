import type Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { FrameType } from '../../src/store/frame-types.js';
import { migrate } from '../../src/store/migrate.js';
import { HOUR_US, MINUTE_US, RollupTable, Tally } from '../../src/store/rollups.js';
import { frame, START_US } from '../support/capture/records.js';
import { openForTest } from '../support/stores.js';

const type = (id: number, status: FrameType['status'] = 'ok'): FrameType => ({
  id,
  sender: 'gateway',
  kind: 'text',
  status,
  op: null,
  event: null,
});

describe('a tally', () => {
  it('covers one minute of one session, its start and not its end', () => {
    const tally = new Tally(START_US + 61_000_000, 3);
    expect(tally.minuteAtUs).toBe(START_US + MINUTE_US);
    expect(tally.covers(START_US + MINUTE_US, 3)).toBe(true);
    expect(tally.covers(START_US + 2 * MINUTE_US - 1, 3)).toBe(true);
    expect(tally.covers(START_US + 2 * MINUTE_US, 3)).toBe(false);
    expect(tally.covers(START_US + MINUTE_US - 1, 3)).toBe(false);
    expect(tally.covers(START_US + MINUTE_US, 4)).toBe(false);
  });

  it('sums by type, times in any order', () => {
    const tally = new Tally(START_US, 0);
    const message = type(1);
    tally.add(message, frame({ atUs: START_US + 5, wireBytes: 10, payloadBytes: 30, seq: 8 }), 100);
    tally.add(message, frame({ atUs: START_US + 2, wireBytes: 1, payloadBytes: null, seq: null }), 101);
    expect(tally.byType.get(message)).toEqual({
      count: 2,
      wireBytes: 11,
      payloadBytes: 30,
      lengthBytes: 0,
      firstAtUs: START_US + 2,
      lastAtUs: START_US + 5,
      firstFrameId: 100,
      lastFrameId: 101,
    });
    expect(tally.lastSeq).toBe(8);
  });
});

describe('a roll-up table', () => {
  const rows = (db: Sqlite.Database): unknown[] =>
    db
      .prepare(
        `SELECT hour_at_us - ${START_US} AS at, connection_id, session_id, frame_count, wire_bytes, first_frame_id,
           last_frame_id FROM hour_rollup`,
      )
      .raw()
      .all();

  function hours(): { db: Sqlite.Database; table: RollupTable } {
    const db = openForTest();
    migrate(db, 'x', () => 0);
    return { db, table: new RollupTable(db, 'hour') };
  }

  function tallyOf(sessionId: number, frameId: number, kind = type(1), atUs = START_US): Tally {
    const tally = new Tally(atUs, sessionId);
    tally.add(kind, frame({ atUs, wireBytes: 10 }), frameId);
    return tally;
  }

  it('adds tallies of the same bucket up, without the bytes of partial frames', () => {
    const { db, table } = hours();
    table.add(7, tallyOf(0, 5));
    table.add(7, tallyOf(0, 9, type(1), START_US + HOUR_US - 1));
    table.add(7, tallyOf(0, 12, type(1), START_US + HOUR_US));
    table.add(7, tallyOf(0, 13, type(2, 'partial')));
    expect(rows(db)).toEqual([
      [0, 7, 0, 2, 20, 5, 9],
      [0, 7, 0, 1, 0, 13, 13],
      [HOUR_US, 7, 0, 1, 10, 12, 12],
    ]);
  });

  it('moves what concerns one connection, or all, to another session', () => {
    const { db, table } = hours();
    table.add(7, tallyOf(0, 1));
    table.add(8, tallyOf(0, 2));
    table.add(7, tallyOf(4, 3));
    const always = { sinceUs: 0, untilUs: Number.MAX_SAFE_INTEGER };
    table.move({ fromSession: 0, toSession: 4, connectionId: 7, ...always });
    expect(rows(db)).toEqual([
      [0, 7, 4, 2, 20, 1, 3],
      [0, 8, 0, 1, 10, 2, 2],
    ]);
    table.move({ fromSession: 4, toSession: 2, connectionId: null, ...always });
    expect(rows(db)).toEqual([
      [0, 7, 2, 2, 20, 1, 3],
      [0, 8, 0, 1, 10, 2, 2],
    ]);
    table.move({
      fromSession: 0,
      toSession: 9,
      connectionId: 8,
      sinceUs: START_US + HOUR_US,
      untilUs: START_US + HOUR_US,
    });
    expect(rows(db)).toHaveLength(2);
    expect(rows(db)[1]).toEqual([0, 8, 0, 1, 10, 2, 2]);
  });
});
