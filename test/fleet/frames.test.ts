/** `frames --from`, and `drift --from` of them: filters in ClickHouse, judged frame by frame by a plain reading of the same filters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetReader } from '../../src/ship/fleet-reader.js';
import { printFilter } from '../../src/filter/print.js';
import { openReader } from '../../src/store/reader.js';
import type { FrameFilter } from '../../src/store/filter.js';
import type { FrameRow } from '../../src/store/frame-rows.js';
import { compareShapes } from '../../src/library/drift.js';
import { FIRST_US } from '../support/filter-frames.js';
import { LATEST, recordFrames, recordingArb } from '../support/filter-recordings.js';
import { passes } from '../support/filter-referee.js';
import { filterArb } from '../support/filters.js';
import { askInProcess, FleetServer, isFleetInstalled, shipInProcess } from '../support/fleet.js';
import { busyCapture } from '../support/capture/busy.js';
import { scratchFile } from '../support/scratch.js';

async function listFrames(reader: FleetReader, filter: FrameFilter): Promise<readonly FrameRow[]> {
  const rows: FrameRow[] = [];
  for (const { pages } of await reader.frames(filter, { isNeeded: () => true, isRequired: false })) {
    for await (const page of pages) rows.push(...page);
  }
  return rows;
}

describe.skipIf(!isFleetInstalled('filters in ClickHouse'))('frames and drift of a fleet', () => {
  it('are those that a plain reading selects, with all that the file has of them', async () => {
    const server = await FleetServer.start();
    const asked = filterArb.filter((filter) => !JSON.stringify(filter).includes('latest'));
    await fc.assert(
      fc.asyncProperty(
        recordingArb,
        fc.array(asked, { minLength: 4, maxLength: 8 }),
        async (frames, filters) => {
          const path = scratchFile();
          recordFrames(path, frames);
          const recorder = await shipInProcess(server, path, { hasFrames: true, hasBodies: true });
          using file = openReader(path);
          await askInProcess(server, recorder, async (reader) => {
            expect(await listFrames(reader, {})).toEqual([...file.frames()]);
            if (frames.some(({ status }) => status === 'ok')) {
              const [before, after] = [{ untilUs: FIRST_US + 60e6 }, { sinceUs: FIRST_US + 60e6 }];
              expect(
                await compareShapes(
                  { fleet: reader, filter: before },
                  { fleet: reader, filter: { ...after, capture: 2 } },
                ),
              ).toEqual(
                await compareShapes({ db: path, filter: before }, { db: path, filter: after, capture: 2 }),
              );
            }
            for (const filter of filters) {
              const text = printFilter(filter);
              const expected = frames
                .filter((one) => passes(filter, one, { ...LATEST, id: frames.length }))
                .map(({ id }) => id);
              const found = await listFrames(reader, { filter });
              expect(
                found.map(({ id }) => id),
                text,
              ).toEqual(expected);
              const newest = await listFrames(reader, { filter, limit: 3 });
              expect(
                newest.map(({ id }) => id),
                text,
              ).toEqual(expected.slice(-3));
            }
          });
        },
      ),
      { numRuns: 6 },
    );
  });

  it('come in full, and once, from a server that breaks its answers off', async () => {
    const server = await FleetServer.start();
    const path = scratchFile();
    busyCapture(path, { minutes: 20 });
    const recorder = await shipInProcess(server, path, { hasFrames: true, hasBodies: true });
    using file = openReader(path);
    const filter: FrameFilter = { filter: 'lorem', limit: 2_500 };
    const expected = [...file.frames(filter)];
    expect(expected).toHaveLength(2_500);
    for (const faults of [{ cut: 1 }, { cut: 2 }, { refuse: 1, cut: 1 }, { lose: 1 }]) {
      await askInProcess(server, recorder, async (reader) => {
        const sources = await reader.frames(filter, { isNeeded: () => true, isRequired: true });
        await server.fail(faults);
        const rows: FrameRow[] = [];
        for (const { pages } of sources) for await (const page of pages) rows.push(...page);
        expect(rows).toEqual(expected);
      });
    }
  });
});
