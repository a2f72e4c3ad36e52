/**
 * Memory of 1,000 connections that are logged in and idle, as resident bytes of the process.
 *
 * Each has got what a small bot gets after its login, 45 KB of dispatches, before it falls silent.
 */
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const CONNECTIONS = 1000;
const DISPATCHES = 65;

export const connections = {
  title: '1,000 idle connections',
  async run({ log }) {
    const scene = await Scene.set({ traffic: 'mix', count: 100, compress: 'zlib-stream' });
    const [ours, theirs] = [await measure(scene, 'gatetape'), await measure(scene, 'http-proxy')];
    log('done');
    await scene.strike();
    const row = {
      figure: ours / 1024,
      unit: 'KiB',
      referenceFigure: theirs / 1024,
      reference: 'http-proxy, records nothing',
    };
    return { rows: [{ what: 'resident memory a connection', ...row, reach: '< 100 KB' }], notes: [] };
  },
};

async function measure(scene, name) {
  return inScratch(async (folder) => {
    const { program, url } = await MIDDLES[name](scene.upstream, folder);
    await scene.connect(url, 20);
    await scene.play(DISPATCHES);
    const before = program.residentBytes();
    await scene.connect(url, CONNECTIONS);
    await scene.play(DISPATCHES, { skip: 20 });
    const after = program.residentBytes();
    await scene.hangUp();
    await program.stop();
    return (after - before) / CONNECTIONS;
  });
}
