/**
 * Relay throughput, while everything is recorded: bursts that fit the queue, in turns with what records nothing.
 *
 * A burst is timed at the client, from its first byte to its last. Between two bursts the recorder catches up, so that
 * all of them find the queue empty. Every frame is then looked for in the database.
 */
import { median } from '../figures.mjs';
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, mitmproxyVersion, Scene } from '../scene.mjs';
import { heartbeats, largeGuilds, mixedTraffic } from '../traffic.mjs';
import { verifyRecording } from '../verify.mjs';

const ALL = ['pipe', 'http-proxy', 'naive', 'mitmproxy'];
const PASSTHROUGHS = ['pipe', 'http-proxy'];
const MIX = { traffic: 'mix', make: mixedTraffic, count: 20_000, compress: 'zlib-stream' };

/**
 * Traffic, how many payloads before they repeat, frames of a burst: all about 40 MB on the wire. A burst that the client
 * parses is longer than the recorder waits before it decodes. `reach`: ratio to each reference.
 */
const LOADS = [
  {
    ...MIX,
    name: '143-byte zlib-stream messages',
    burst: 280_000,
    references: ALL,
    reach: { 'http-proxy': '≥ 0.9', naive: '≥ 4', mitmproxy: '≥ 50' },
  },
  {
    ...MIX,
    name: '143-byte zlib-stream messages for a second, parsed',
    burst: 150_000,
    isParsing: true,
    references: PASSTHROUGHS,
    reach: { 'http-proxy': '≥ 0.8' },
  },
  {
    name: '64-byte heartbeats',
    traffic: 'heartbeats',
    make: heartbeats,
    count: 1000,
    compress: 'none',
    burst: 600_000,
    references: ALL,
    reach: { 'http-proxy': '≥ 0.9' },
  },
  {
    name: '1 MB GUILD_CREATEs',
    traffic: 'guilds',
    make: largeGuilds,
    count: 5,
    compress: 'none',
    burst: 40,
    references: ALL,
    reach: {},
  },
];

/** The slow ones get a part of the burst, so that a run does not take an hour. */
const SHARES = { naive: 0.3, mitmproxy: 0.03 };

export const relay = {
  title: 'Relay throughput while recording everything',
  async run({ isQuick, log }) {
    const rows = [];
    for (const load of LOADS) {
      log(load.name);
      rows.push(...(await measure(load, isQuick ? 2 : 5)));
    }
    return {
      rows,
      notes: [
        'Frames a second from the first byte of a burst to its last, at the client; the median of the bursts.',
        'Parsed: the client makes an object of each payload, with `ws` and zlib-sync, and a burst lasts as long as that takes.',
      ],
    };
  },
};

async function measure(load, rounds) {
  const scene = await Scene.set(load);
  const rates = await inScratch((folder) => bursts(scene, load, rounds, folder));
  await scene.strike();
  const ours = rates.gatetape;
  return Object.entries(rates)
    .filter(([name]) => name !== 'gatetape')
    .map(([name, rate]) => ({
      what: load.name,
      figure: ours,
      unit: 'frames/s',
      reference: REFERENCES[name],
      referenceFigure: rate,
      reach: load.reach[name],
    }));
}

const REFERENCES = {
  pipe: 'plain TCP relay, records nothing',
  'http-proxy': 'http-proxy, records nothing',
  naive: '`ws` to `ws`, records nothing',
  mitmproxy: 'mitmproxy with `-w`',
};

async function bursts(scene, load, rounds, folder) {
  const names = ['gatetape', ...load.references].filter(
    (name) => name !== 'mitmproxy' || mitmproxyVersion() !== null,
  );
  const middles = {};
  const rates = {};
  for (const name of names) {
    middles[name] = await MIDDLES[name](scene.upstream, folder);
    rates[name] = [];
  }
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      if (name === 'mitmproxy' && round > 1) continue;
      const frames = Math.max(8, Math.round(load.burst * (SHARES[name] ?? 1)));
      await scene.connect(middles[name].url, 1, { isParsing: load.isParsing });
      const ms = await scene.play(frames);
      await scene.hangUp();
      if (round > 0) rates[name].push((frames / ms) * 1000);
      if (name === 'gatetape') await recorded(middles[name].db, (round + 1) * (frames + 3));
    }
  }
  for (const { program } of Object.values(middles)) await program.stop();
  const { make, count, burst: frames, compress } = load;
  verifyRecording(middles.gatetape.db, { payloads: make(count), frames, compress, connections: rounds + 1 });
  return Object.fromEntries(Object.entries(rates).map(([name, all]) => [name, median(all)]));
}
