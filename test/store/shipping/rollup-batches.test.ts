/** Roll-up batches: a receiver that replaces rows by their keys has the sums of the database, whatever is lost or sent twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openChecked } from '../../../src/store/reader.js';
import { RollupBatches, type MinuteSum } from '../../../src/store/shipping/rollup-batches.js';
import { ShipNotes } from '../../../src/store/shipping/ship-notes.js';
import { Random } from '../../sim/random.js';
import { GrowingCapture } from '../../support/capture/growing.js';
import { scratchFile } from '../../support/scratch.js';
import { rowsOf } from '../../support/stores.js';

const FLEET = 'fleet';

interface Sent {
  readonly sum: MinuteSum;
  readonly version: number;
}

const keyOf = (sum: MinuteSum): string =>
  [sum.minuteAtUs, sum.connectionId, sum.sessionId, sum.typeId].join(' ');

it('are the sums of the database to one who replaces rows by keys, also if batches are lost or repeated', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), (seed) => {
      const random = new Random(seed);
      const capture = new GrowingCapture(scratchFile(), (below) => random.below(below));
      const received = new Map<string, Sent>();
      const notes = new ShipNotes(capture.path);
      let db = openChecked(capture.path);
      let batches = new RollupBatches(db);
      const sendNext = (isKilled: boolean): boolean => {
        const shipped = notes.begin(FLEET, 'rollups');
        const batch = batches.read(shipped, 1 + random.below(30));
        const isLost = isKilled && random.chance(0.5);
        for (const sum of isLost ? [] : batch.rows) {
          const known = received.get(keyOf(sum));
          if (known === undefined || known.version <= shipped.version)
            received.set(keyOf(sum), { sum: structuredClone(sum), version: shipped.version });
        }
        if (!isKilled) notes.commit(FLEET, 'rollups', shipped.version, batch);
        return batch.throughId > shipped.throughId || batch.throughChangeId > shipped.throughChangeId;
      };
      for (let round = 0; round < 12; round += 1) {
        capture.grow(random.below(6));
        for (let sends = random.below(4); sends > 0; sends -= 1) {
          const isKilled = random.chance(0.3);
          sendNext(isKilled);
          if (!isKilled) continue;
          db.close();
          db = openChecked(capture.path);
          batches = new RollupBatches(db);
        }
      }
      while (sendNext(false));
      db.close();
      notes.close();
      const sums = [...received.values()].map(({ sum }) => sum).filter(({ frames }) => frames > 0);
      expect(sums.map(toRow).sort()).toEqual(
        rowsOf(
          capture.path,
          `SELECT minute_at_us, connection_id, session_id, type_id, frame_count, wire_bytes, payload_bytes, first_at_us,
             last_at_us FROM minute_rollup`,
        )
          .map((row) => Object.values(row).join(' '))
          .sort(),
      );
      for (const { frames, sizes } of sums)
        expect([...sizes.values()].reduce((sum, count) => sum + count, 0)).toBe(frames);
    }),
    { numRuns: 10 },
  );
});

function toRow(sum: MinuteSum): string {
  const { frames, wireBytes, payloadBytes, firstAtUs, lastAtUs } = sum;
  return [keyOf(sum), frames, wireBytes, payloadBytes, firstAtUs, lastAtUs].join(' ');
}
