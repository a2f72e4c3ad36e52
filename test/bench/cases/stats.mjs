/** Statistics over ten million frames: from the roll-ups, against SQLite counting the same rows one by one. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openReader } from '../../../dist/store/reader.js';
import { median } from '../figures.mjs';
import { fillDatabase } from '../fill-database.mjs';
import { inScratch } from '../scene.mjs';

const ROUNDS = 7;

export const stats = {
  title: 'Statistics',
  async run({ isQuick, log }) {
    const frames = isQuick ? 1_000_000 : 10_000_000;
    return inScratch((folder) => {
      const path = join(folder, 'stats.sqlite');
      log(`writing ${frames} frames`);
      fillDatabase(path, frames);
      const ours = ourStats(path, frames);
      const theirs = scan(path, frames);
      const row = { unit: 'ms', reference: 'the same by `GROUP BY` over the rows', referenceFigure: theirs };
      return {
        rows: [
          {
            what: `counts, bytes and rates of ${frames.toLocaleString('en')} frames`,
            figure: ours.sums,
            ...row,
            reach: '< 100 ms',
          },
          { what: 'the same with percentiles of sizes', figure: ours.sizes, ...row },
        ],
        notes: ['`--by op,event,sender`, in one process that has the file open.'],
      };
    });
  },
};

function ourStats(path, frames) {
  const reader = openReader(path);
  const timed = (hasSizes) => {
    const startMs = performance.now();
    const { total } = reader.stats({ hasSizes });
    if (total.count !== frames) throw new Error(`${total.count} frames were counted, not ${frames}`);
    return performance.now() - startMs;
  };
  const sums = median(Array.from({ length: ROUNDS }, () => timed(false)));
  const sizes = median(Array.from({ length: 3 }, () => timed(true)));
  reader.close();
  return { sums, sizes };
}

function scan(path, frames) {
  const database = new Sqlite(path, { readonly: true });
  const query = database.prepare(
    `SELECT op, event, sender, count(*) AS count, sum(wire_bytes), sum(payload_bytes), min(at_us), max(at_us)
     FROM frame JOIN frame_type ON frame_type.id = type_id GROUP BY op, event, sender`,
  );
  const times = Array.from({ length: 3 }, () => {
    const startMs = performance.now();
    const counted = query.all().reduce((sum, { count }) => sum + count, 0);
    if (counted !== frames) throw new Error(`SQLite counts ${counted} frames, not ${frames}`);
    return performance.now() - startMs;
  });
  database.close();
  return median(times);
}
