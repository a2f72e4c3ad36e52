import type Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { planFrames } from '../../src/store/frame-plan.js';
import { idRanges, idRangesBackwards } from '../../src/store/id-ranges.js';
import { frame, opened, START_US } from '../support/capture/records.js';
import { scratchFile } from '../support/scratch.js';
import { openForTest, recordingStore } from '../support/stores.js';

function databaseOf(batches: readonly (readonly CaptureRecord[])[]): Sqlite.Database {
  const path = scratchFile();
  const store = recordingStore(path);
  for (const batch of batches) store.append(batch);
  const db = openForTest(path, { readonly: true });
  return db;
}

describe('id ranges', () => {
  it('are short for what is rare', () => {
    // 60,000 frames over 60 minutes, of which three are RESUMED.
    const rare = [7_000, 30_000, 30_001];
    const frames = Array.from({ length: 60_000 }, (_, i) =>
      frame({
        frameNo: i + 1,
        atUs: START_US + i * 60_000,
        event: rare.includes(i + 1) ? 'RESUMED' : 'MESSAGE_CREATE',
        body: null,
      }),
    );
    const db = databaseOf([[opened()], frames]);
    const ranges = (filter: FrameFilter): unknown => [...idRanges(db, planFrames(db, filter))];
    expect(ranges({ event: 'RESUMED' })).toEqual([
      { first: 7_000, last: 7_000 },
      { first: 30_000, last: 30_001 },
    ]);
    // Not worth a closer look: the range is short enough as it is.
    expect(ranges({ event: 'RESUMED', afterId: 29_000 })).toEqual([{ first: 29_001, last: 30_001 }]);
    expect(ranges({ event: 'RESUMED', afterId: 30_001 })).toEqual([]);
    expect(ranges({ event: 'MESSAGE_CREATE', afterId: 5, beforeId: 6 })).toEqual([]);
    expect(ranges({ event: 'READY' })).toEqual([]);
    expect(ranges({})).toEqual([{ first: 1, last: 60_000 }]);
    const minute = { sinceUs: START_US + 600_000_000, untilUs: START_US + 660_000_000 };
    expect(ranges(minute)).toEqual([{ first: 10_001, last: 11_000 }]);
    // What a filter of the language implies is used in the same way.
    expect(ranges({ filter: 'event:RESUMED deploy' })).toEqual(ranges({ event: 'RESUMED' }));
    expect(ranges({ filter: 'id:>29000 -(op:0 -event:RESUMED)' })).toEqual([{ first: 29_001, last: 30_001 }]);
    expect(
      ranges({ filter: `-until:${minute.sinceUs} (until:${minute.untilUs} deploy or until:${START_US})` }),
    ).toEqual(ranges(minute));
    expect(ranges({ filter: 'deploy or event:RESUMED' })).toEqual([{ first: 1, last: 60_000 }]);
    expect(ranges({ filter: 'event:READY deploy' })).toEqual([]);
  });

  it('ascend, do not overlap, and hold every frame that passes', () => {
    const step = fc.record({
      connection: fc.integer({ min: 1, max: 2 }),
      atUs: fc.integer({ min: 0, max: 400 }).map((minute) => START_US + minute * 60_000_000),
      event: fc.constantFrom('A', 'B', 'C'),
      // Enough to make an hour wide, so that minutes are looked at.
      repeat: fc.constantFrom(1, 1, 1, 1, 1, 1, 12_000),
    });
    const filter: fc.Arbitrary<FrameFilter> = fc.record(
      {
        event: fc.constantFrom('A', 'B'),
        connection: fc.integer({ min: 1, max: 2 }),
        sinceUs: fc.integer({ min: 0, max: 400 }).map((minute) => START_US + minute * 60_000_000 + 1),
        untilUs: fc.integer({ min: 0, max: 400 }).map((minute) => START_US + minute * 60_000_000 + 1),
        afterId: fc.integer({ min: 0, max: 5_000 }),
        beforeId: fc.integer({ min: 0, max: 50_000 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(filter, { maxLength: 4 }), (steps, filters) => {
        const records = steps.flatMap(({ repeat, ...at }) =>
          Array.from({ length: repeat }, () => frame({ ...at, body: null })),
        );
        const db = databaseOf([[opened(), opened({ connection: 2 })], records]);
        for (const wanted of filters) {
          const ranges = [...idRanges(db, planFrames(db, wanted))];
          expect([...idRangesBackwards(db, planFrames(db, wanted))].reverse()).toEqual(ranges);
          for (const [index, { first, last }] of ranges.entries()) {
            expect(first).toBeLessThanOrEqual(last);
            expect(first).toBeGreaterThan(ranges[index - 1]?.last ?? 0);
          }
          const missed = (records as { event: string; connection: number; atUs: number }[]).filter(
            (record, index) =>
              (wanted.event === undefined || record.event === wanted.event) &&
              (wanted.connection === undefined || record.connection === wanted.connection) &&
              record.atUs >= (wanted.sinceUs ?? 0) &&
              record.atUs < (wanted.untilUs ?? Infinity) &&
              index + 1 > (wanted.afterId ?? 0) &&
              index + 1 < (wanted.beforeId ?? Infinity) &&
              !ranges.some(({ first, last }) => first <= index + 1 && index + 1 <= last),
          );
          expect(missed).toEqual([]);
        }
      }),
      { numRuns: 15 },
    );
  });
});
