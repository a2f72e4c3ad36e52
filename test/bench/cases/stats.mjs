/**
 * Questions to ten million frames: statistics from the roll-ups, a filter by event and time, percentiles of sizes.
 *
 * The references are SQLite over the rows themselves. Writing, asking and scanning have a process each, so that the
 * memory is that of the questions.
 */
import { join } from 'node:path';
import { Load } from '../processes.mjs';
import { inScratch } from '../scene.mjs';

export const stats = {
  title: 'Statistics',
  async run({ isQuick, log }) {
    const frames = isQuick ? 1_000_000 : 10_000_000;
    return inScratch(async (folder) => {
      const path = join(folder, 'stats.sqlite');
      log(`writing ${frames.toLocaleString('en')} frames`);
      await apart('fill', { path, frames });
      log('asking');
      const ours = await apart('ask', { path, frames });
      log('references');
      const theirs = await apart('scan', { path, frames });
      return { rows: table(frames.toLocaleString('en'), ours, theirs), notes: NOTES };
    });
  },
};

const NOTES = [
  'Groups: `--by op,event,sender`. Filter: the rarest event, one frame in a thousand, of the second half of the ' +
    'time. In one process that has the file open.',
];

/** Carries out an order in a process of its own. */
async function apart(order, details) {
  const load = await Load.start('database');
  const answer = await load.order(order, details);
  await load.stop();
  return answer;
}

function table(frames, ours, theirs) {
  const sums = {
    unit: 'ms',
    reference: 'the same by `GROUP BY` over the rows',
    referenceFigure: theirs.sums,
  };
  const first = { unit: 'ms', reference: 'the same by `WHERE` over the rows', referenceFigure: theirs.first };
  return [
    { what: `counts, bytes and rates of ${frames} frames`, figure: ours.sums, ...sums, reach: '< 100 ms' },
    { what: 'the same with percentiles of sizes', figure: ours.sizes, ...sums, reach: '< 5,000 ms' },
    { what: 'first row of `frames` by event and time', figure: ours.first, ...first, reach: '< 100 ms' },
    { what: 'resident memory, growth', figure: ours.growthBytes / 2 ** 20, unit: 'MiB', reach: '< 150 MB' },
  ];
}
