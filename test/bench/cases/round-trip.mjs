/**
 * Round-trip time of a heartbeat and its acknowledgement, through each relay and directly, idle and under load.
 *
 * Under load another connection carries 10,000 frames a second of 720-byte JSON. Rounds take turns; all samples of one
 * relay are put together.
 */
import { percentile } from '../figures.mjs';
import { inScratch, MIDDLES, Scene } from '../scene.mjs';
import { recorded } from '../recorded.mjs';

const PER_SECOND = 10_000;
const PAYLOADS = 10_000;
/** Ratio to http-proxy, by the share of round trips that are no longer. */
const REACH = { 0.5: '≤ 1.1', 0.99: '≤ 1.3', 0.999: '≤ 2' };
/**
 * Until then V8 compiles what it has seen run often, with threads of its own that hold the processor for 1 ms at a time.
 * The second connection makes it compile 70 functions once more, and the third 8.
 */
const WARM_UP = { rounds: 2, pings: 10_000 };
const NAMES = ['gatetape', 'http-proxy', 'pipe'];

export const roundTrip = {
  title: 'Round-trip time',
  async run({ isQuick, log }) {
    const scene = await Scene.set({ traffic: 'mix', count: PAYLOADS });
    const rounds = isQuick ? 2 : 4;
    const samples = await inScratch((folder) =>
      measure(scene, { rounds, pings: isQuick ? 1500 : 4000, log, folder }),
    );
    await scene.strike();
    const rows = ['idle', 'loaded'].flatMap((state) =>
      Object.keys(REACH).map((share) => row(samples, state, Number(share))),
    );
    const direct = percentile(samples.direct.idle, 0.5).toFixed(0);
    return {
      rows,
      notes: [
        `In µs. Without anything in between it takes ${direct} µs (p50, idle). Load: ${PER_SECOND} frames a second on another connection.`,
      ],
    };
  },
};

function row(samples, state, share) {
  return {
    what: `p${share * 100}, ${state === 'idle' ? 'idle' : 'under load'}`,
    figure: percentile(samples.gatetape[state], share),
    unit: 'µs',
    reference: 'http-proxy, records nothing',
    referenceFigure: percentile(samples['http-proxy'][state], share),
    reach: REACH[share],
  };
}

async function measure(scene, { rounds, pings, log, folder }) {
  const middles = { direct: { url: scene.upstream } };
  for (const name of NAMES) middles[name] = await MIDDLES[name](scene.upstream, folder);
  const samples = {};
  let recordedFrames = 0;
  for (let round = 1 - WARM_UP.rounds; round <= rounds; round += 1) {
    for (const [name, { url }] of Object.entries(middles)) {
      const { idle, loaded, frames } = await oneRound(scene, url, round < 1 ? WARM_UP.pings : pings);
      if (name === 'gatetape') recordedFrames += frames;
      if (round < 1) continue;
      samples[name] ??= { idle: [], loaded: [] };
      samples[name].idle.push(...idle);
      samples[name].loaded.push(...loaded);
    }
    log(`round ${round} of ${rounds}`);
  }
  await recorded(middles.gatetape.db, recordedFrames);
  for (const { program } of Object.values(middles)) await program?.stop();
  return samples;
}

/** Frames of it that a recorder sees: two logins, two frames a ping, the load, and two closes in both directions. */
async function oneRound(scene, url, pings) {
  await scene.connect(url, 2);
  const idle = await scene.ping(pings);
  const loadFrames = PER_SECOND * (pings > 1000 ? 2 : 1);
  const playing = scene.play(loadFrames, { perSecond: PER_SECOND, skip: 1 });
  const loaded = [];
  let isOver = false;
  void playing.then(() => (isOver = true));
  while (!isOver) loaded.push(...(await scene.ping(100)));
  await scene.hangUp();
  return { idle, loaded, frames: 2 * 3 + 2 * (idle.length + loaded.length) + loadFrames };
}
