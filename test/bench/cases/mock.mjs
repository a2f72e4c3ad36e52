/**
 * Mock at full speed, in every transport, against a loop over `ws.send` with the very bytes that the mock sent before.
 *
 * The session that is played was recorded by gatetape just before. The first play after the start is shown apart: the
 * later ones have each message ready.
 */
import { median } from '../figures.mjs';
import { Program } from '../processes.mjs';
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';

const FRAMES = 20_000;
/** Starts of a mock, whose first plays are measured. */
const FIRST_PLAYS = 3;
const TRANSPORTS = [
  ['json, uncompressed', 'encoding=json'],
  ['json, zlib-stream', 'encoding=json&compress=zlib-stream'],
  ['json, zstd-stream', 'encoding=json&compress=zstd-stream'],
  ['etf, uncompressed', 'encoding=etf'],
  ['etf, zlib-stream', 'encoding=etf&compress=zlib-stream'],
];

export const mock = {
  title: 'Mock at full speed',
  async run({ isQuick, log }) {
    const scene = await Scene.set({ traffic: 'mix', count: FRAMES });
    return inScratch(async (folder) => {
      const db = await record(scene, folder);
      const rows = [];
      for (const [name, query] of TRANSPORTS) {
        log(name);
        rows.push(...(await measure(scene, db, { name, query, rounds: isQuick ? 3 : 7 })));
      }
      await scene.strike();
      return {
        rows,
        notes: [
          `${FRAMES.toLocaleString('en')} dispatches to one client, from its IDENTIFY to the last of them.`,
        ],
      };
    });
  },
};

async function record(scene, folder) {
  const { program, url, db } = await MIDDLES.gatetape(scene.upstream, folder);
  await scene.connect(url);
  await scene.play(FRAMES);
  await recorded(db, FRAMES + 3);
  await scene.hangUp();
  await program.stop();
  return db;
}

async function measure(scene, db, { name, query, rounds }) {
  const path = `/?v=10&${query}`;
  const firsts = [];
  for (let start = 1; start < FIRST_PLAYS; start += 1) {
    const { program, gatewayUrl } = await serve(db);
    firsts.push(await play(scene, gatewayUrl + path));
    await program.stop();
  }
  const { program: ours, gatewayUrl } = await serve(db);
  firsts.push(await play(scene, gatewayUrl + path));
  const bare = Program.node('references/bare-ws.mjs', gatewayUrl, path, String(FRAMES + 2));
  const { gatewayUrl: bareUrl } = await bare.nextLine();
  const rates = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round += 1) {
    rates.ours.push(await play(scene, gatewayUrl + path));
    rates.bare.push(await play(scene, bareUrl + path));
  }
  await Promise.all([ours.stop(), bare.stop()]);
  const reference = {
    unit: 'frames/s',
    reference: 'loop over `ws.send`, same bytes',
    referenceFigure: median(rates.bare),
  };
  return [
    { what: name, figure: median(rates.ours), ...reference, reach: '≥ 0.8' },
    {
      what: `${name}, first play`,
      figure: median(firsts),
      ...reference,
      ...(name.includes('zlib') && { reach: '≥ 0.3' }),
    },
  ];
}

async function serve(db) {
  const program = Program.node(
    '../../dist/bundle/main.js',
    'mock',
    '--session',
    'latest',
    '--db',
    db,
    '--speed',
    'max',
    '--listen',
    '127.0.0.1:0',
  );
  return { program, ...(await program.nextLine()) };
}

/** Frames a second of one play. */
async function play(scene, url) {
  const { ms } = await scene.client.order('play', { url, frames: FRAMES });
  return (FRAMES / ms) * 1000;
}
