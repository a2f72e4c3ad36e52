/**
 * Memory of 1,000 and of 10,000 connections that are logged in and idle, as resident bytes of the process; of fewer than
 * 10,000 if a process may not have so many sockets (`ulimit -Hn`).
 *
 * Each has got what a small bot gets after its login, 45 KB of dispatches, before it falls silent. What is recorded of
 * that is in the database before anything is read off: until then a connection is not idle. Client and gateway are other
 * processes.
 */
import { maxFiles } from '../processes.mjs';
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const MANY = 10_000;
const WARM_UP = 20;
const DISPATCHES = 65;
/** HELLO, IDENTIFY, READY, and what follows. */
const FRAMES = 3 + DISPATCHES;
/** Of many, the logins take longest. */
const AT_ONCE = 20;
/** Files beside the sockets: database, libraries, pipes. */
const OTHER_FILES = 100;

export const connections = {
  title: 'Idle connections',
  async run({ isQuick, log }) {
    const rows = [await measure(1000, '< 90 KiB')];
    log('1,000');
    if (!isQuick)
      rows.push(await measure(Math.min(MANY, Math.floor((maxFiles() - OTHER_FILES) / 2) - WARM_UP)));
    return { rows, notes: ['With zlib-stream: of the figure, some 41 KiB are zlib itself.'] };
  },
};

async function measure(count, reach) {
  const scene = await Scene.set({ traffic: 'mix', count: 100, compress: 'zlib-stream' });
  const [ours, theirs] = [await grow(scene, 'gatetape', count), await grow(scene, 'http-proxy', count)];
  await scene.strike();
  return {
    what: `resident memory a connection, of ${count.toLocaleString('en')}`,
    figure: ours / 1024,
    unit: 'KiB',
    referenceFigure: theirs / 1024,
    reference: 'http-proxy, records nothing',
    reach,
  };
}

async function grow(scene, name, count) {
  return inScratch(async (folder) => {
    const { program, url, db } = await MIDDLES[name](scene.upstream, folder);
    const atRest = async (connected) => db === undefined || recorded(db, connected * FRAMES);
    await scene.connect(url, WARM_UP);
    await scene.play(DISPATCHES);
    await atRest(WARM_UP);
    const before = program.residentBytes();
    await scene.connect(url, count, { atOnce: AT_ONCE });
    await scene.play(DISPATCHES, { skip: WARM_UP });
    await atRest(WARM_UP + count);
    const after = program.residentBytes();
    await scene.hangUp();
    await program.stop();
    return (after - before) / count;
  });
}
