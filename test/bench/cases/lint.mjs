/**
 * Lint: how fast a recording is judged by all rules, beside how fast `frames --format ndjson` reads the same database.
 *
 * The two take turns in one process; the memory is that of judging four times as many frames.
 */
import { join } from 'node:path';
import { Load } from '../processes.mjs';
import { inScratch } from '../scene.mjs';

export const lint = {
  title: 'Lint',
  async run({ isQuick, log }) {
    const frames = isQuick ? 50_000 : 100_000;
    return inScratch(async (folder) => {
      const load = await Load.start('database');
      const [path, longPath] = [join(folder, 'lint.sqlite'), join(folder, 'long.sqlite')];
      log('writing frames');
      await load.order('fill', { path, frames });
      await load.order('fill', { path: longPath, frames: 4 * frames });
      log('judging');
      const { judged, printed, growthBytes } = await load.order('judge', { path, longPath, frames });
      await load.stop();
      const reference = { reference: '`frames --format ndjson` of the same', referenceFigure: printed };
      return {
        rows: [
          {
            what: 'frames judged by all rules',
            figure: judged,
            unit: 'frames/s',
            ...reference,
            reach: '≥ 0.5 ×',
          },
          {
            what: 'memory that four times as many frames add',
            figure: growthBytes / 2 ** 20,
            unit: 'MiB',
            reach: 'flat',
          },
        ],
        notes: [],
      };
    });
  },
};
