/**
 * Memory of 1,000 connections that are logged in and idle, as resident bytes of the process.
 *
 * Each has got what a small bot gets after its login, 45 KB of dispatches, before it falls silent. What is recorded of
 * that is in the database before anything is read off: until then a connection is not idle.
 */
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const CONNECTIONS = 1000;
const WARM_UP = 20;
const DISPATCHES = 65;
/** HELLO, IDENTIFY, READY, and what follows. */
const FRAMES = 3 + DISPATCHES;

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
    const { program, url, db } = await MIDDLES[name](scene.upstream, folder);
    const atRest = async (count) => db === undefined || recorded(db, count * FRAMES);
    await scene.connect(url, WARM_UP);
    await scene.play(DISPATCHES);
    await atRest(WARM_UP);
    const before = program.residentBytes();
    await scene.connect(url, CONNECTIONS);
    await scene.play(DISPATCHES, { skip: WARM_UP });
    await atRest(WARM_UP + CONNECTIONS);
    const after = program.residentBytes();
    await scene.hangUp();
    await program.stop();
    return (after - before) / CONNECTIONS;
  });
}
