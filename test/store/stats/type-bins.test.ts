/** Sums over time and by size, against a count of the listed frames one by one, for any filter, span and width. */
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { openPageQueries } from '../../../src/store/page-queries.js';
import type { FrameRow } from '../../../src/store/frame-rows.js';
import { busyCapture } from '../../support/capture/busy.js';
import { START_US } from '../../support/capture/records.js';
import { scratchFile } from '../../support/scratch.js';

const MINUTE_US = 60_000_000;
const FILTERS = [
  undefined,
  'event:MESSAGE_CREATE',
  'sender:client',
  'd.author.bot:true',
  'session:2 -kind:text',
];

it('are those of the frames, from roll-ups and from rows alike', () => {
  const path = scratchFile();
  busyCapture(path, { sessions: 3, minutes: 4, framesPerMinute: 60 });
  const queries = openPageQueries(path);
  onTestFinished(() => queries.close());
  const widths = fc.constantFrom(1_000_000, 7_000_000, MINUTE_US, 2 * MINUTE_US, 60 * MINUTE_US);
  const moment = fc.option(fc.integer({ min: START_US - MINUTE_US, max: START_US + 6 * MINUTE_US }), {
    nil: undefined,
  });
  const minute = moment.map((at) => at && at - (at % MINUTE_US));
  fc.assert(
    fc.property(
      widths,
      fc.oneof(moment, minute),
      fc.oneof(moment, minute),
      fc.constantFrom(...FILTERS),
      (binUs, sinceUs, untilUs, text) => {
        const filter = { sinceUs, untilUs, ...(text === undefined ? {} : { filter: text }) };
        const rows = [...queries.reader.frames(filter)];
        const expected = new Map<string, number[]>();
        for (const row of rows) {
          const key = [
            row.atUs - (row.atUs % binUs),
            row.sender,
            row.kind,
            row.status,
            row.op,
            row.event,
          ].join();
          const [count = 0, wire = 0, payload = 0] = expected.get(key) ?? [];
          const wireBytes = row.status === 'partial' ? 0 : row.wireBytes;
          expected.set(key, [count + 1, wire + wireBytes, payload + (row.payloadBytes ?? 0)]);
        }
        const bins = queries
          .typeBins(filter, binUs)
          .map(({ binAtUs, type, count, wireBytes, payloadBytes }) => {
            const key = [binAtUs, type.sender, type.kind, type.status, type.op, type.event].join();
            return [key, [count, wireBytes, payloadBytes]] as const;
          });
        expect(Object.fromEntries(bins)).toEqual(Object.fromEntries(expected));
        expect(bins).toHaveLength(expected.size);
        const size = (row: FrameRow): number => row.payloadBytes ?? row.wireBytes;
        for (const { fromBytes, frames } of queries.sizeBins(filter, () => undefined)) {
          const own = rows.filter((row) => size(row) >= fromBytes && size(row) < Math.max(1, 2 * fromBytes));
          expect([fromBytes, frames]).toEqual([fromBytes, own.length]);
        }
        expect(queries.countAtMost(filter)).toBeGreaterThanOrEqual(rows.length);
      },
    ),
    { numRuns: 60 },
  );
});
