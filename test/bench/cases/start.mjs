/** Time from the start of `gatetape record` until it listens, against a Node program that does nothing but listen. */
import { median } from '../figures.mjs';
import { Program } from '../processes.mjs';
import { inScratch, MIDDLES } from '../scene.mjs';

const UPSTREAM = 'ws://127.0.0.1:9';

export const start = {
  title: 'Start',
  async run({ isQuick, log }) {
    const times = { ours: [], bare: [] };
    await inScratch(async (folder) => {
      for (let round = 0; round < (isQuick ? 5 : 15); round += 1) {
        const { program, listeningMs } = await MIDDLES.gatetape(UPSTREAM, folder);
        times.ours.push(listeningMs);
        await program.stop();
        times.bare.push(await startBare());
      }
      log('done');
    });
    const row = {
      figure: median(times.ours),
      unit: 'ms',
      referenceFigure: median(times.bare),
      reference: 'Node with an HTTP server',
    };
    return { rows: [{ what: '`record` until it listens', ...row, reach: '< 300 ms' }], notes: [] };
  },
};

async function startBare() {
  const program = Program.node('references/idle-node.mjs');
  await program.nextLine();
  const ms = performance.now() - program.startedMs;
  await program.stop();
  return ms;
}
