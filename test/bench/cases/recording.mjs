/**
 * Recording, sustained: 720-byte JSON out of a zlib-stream, as fast as the recorder takes it, for a minute and more.
 *
 * The clock runs from the first byte at the client until the last frame is in the database, so that no queue flatters
 * the rate. Every frame is then compared with what was sent. The references: the same rows through bare prepared
 * inserts, the store without any decoding, and mitmproxy.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { median, percentile } from '../figures.mjs';
import { Program } from '../processes.mjs';
import { recorded } from '../recorded.mjs';
import { inScratch, MIDDLES, mitmproxyVersion, Scene } from '../scene.mjs';
import { mixedTraffic } from '../traffic.mjs';
import { verifyRecording } from '../verify.mjs';

const PAYLOADS = 20_000;
const LOGIN_FRAMES = 3;
const MIB = 2 ** 20;

export const recording = {
  title: 'Recording, sustained',
  async run({ isQuick, log }) {
    const scene = await Scene.set({ traffic: 'mix', count: PAYLOADS, compress: 'zlib-stream' });
    log('warming up');
    const { perSecond } = await inScratch((folder) => record(scene, 200_000, folder));
    const seconds = isQuick ? 30 : 66;
    // In whole turns of the loop; a little more than it takes at the rate of the warm-up, which is a cold one.
    const frames = Math.ceil((perSecond * 1.05 * seconds) / PAYLOADS) * PAYLOADS;
    log(`${frames} frames`);
    const ours = await inScratch((folder) => record(scene, frames, folder));
    log('references');
    const mitm = mitmproxyVersion() === null ? null : await inScratch((folder) => mitmproxy(scene, folder));
    await scene.strike();
    const rows = await references(isQuick ? 200_000 : 500_000);
    return { rows: table(ours, rows, mitm), notes: notes(ours) };
  },
};

async function record(scene, frames, folder) {
  const { program, url, db } = await MIDDLES.gatetape(scene.upstream, folder);
  await scene.connect(url);
  const resident = [program.residentBytes()];
  const cpuBefore = program.cpuSeconds();
  const startMs = performance.now();
  const watch = setInterval(() => resident.push(program.residentBytes()), 500);
  await scene.play(frames);
  await recorded(db, frames + LOGIN_FRAMES);
  const seconds = (performance.now() - startMs) / 1000;
  clearInterval(watch);
  const cpu = program.cpuSeconds() - cpuBefore;
  // Decoding is more work than writing.
  const { main: relay, others } = program.threads();
  const [recorder, writer] = others;
  await scene.hangUp();
  await program.stop();
  const payloads = mixedTraffic(PAYLOADS);
  verifyRecording(db, { payloads, frames, compress: 'zlib-stream' });
  const bytes = payloads.reduce((sum, { text }) => sum + text.length, 0);
  return {
    frames,
    seconds,
    perSecond: frames / seconds,
    cpuPerMillion: (cpu / frames) * 1e6,
    threads: [recorder, writer, relay].map((seconds) => (seconds / frames) * 1e6),
    payloadBytes: (bytes / PAYLOADS) * frames,
    wireBytes: scene.frameBytes * frames,
    diskBytes: statSync(db).size,
    growthBytes: Math.max(...resident) - resident[0],
    // What a leak would show: the last tenth against the second one, when the queue and the heap have their size.
    driftBytes:
      median(resident.slice(-Math.ceil(resident.length / 10))) - percentile(tenth(resident, 2), 0.5),
  };
}

function tenth(list, number) {
  const length = Math.ceil(list.length / 10);
  return list.slice(length * (number - 1), length * number);
}

async function mitmproxy(scene, folder) {
  const frames = 20_000;
  const { program, url, file } = await MIDDLES.mitmproxy(scene.upstream, folder);
  await scene.connect(url);
  const before = program.cpuSeconds();
  const startMs = performance.now();
  await scene.play(frames);
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = program.cpuSeconds() - before;
  await scene.hangUp();
  await program.stop();
  return { perSecond: frames / seconds, cpuPerMillion: (cpu / frames) * 1e6, bytes: statSync(file).size };
}

/** Rows a second and CPU seconds a million rows, in turns, of both ways to insert. */
async function references(rows) {
  const results = { bare: [], store: [] };
  for (let round = 0; round < 3; round += 1) {
    for (const mode of Object.keys(results)) {
      results[mode].push(
        await inScratch(async (folder) => {
          const program = Program.node(
            'references/inserts.mjs',
            mode,
            join(folder, 'rows.sqlite'),
            String(rows),
          );
          const cost = await program.nextLine();
          await program.ended();
          return cost;
        }),
      );
    }
  }
  const middle = (mode, key) => median(results[mode].map((cost) => cost[key]));
  const pick = (mode) => ({
    perSecond: middle(mode, 'perSecond'),
    cpuPerMillion: middle(mode, 'cpuSecondsPerMillion'),
  });
  return { bare: pick('bare'), store: pick('store') };
}

function table(ours, { bare, store }, mitm) {
  const bareName = 'bare prepared inserts of the same rows';
  const rate = { what: 'recorded, decoded and redacted', figure: ours.perSecond, unit: 'frames/s' };
  const rows = [
    { ...rate, reference: bareName, referenceFigure: bare.perSecond, reach: '≥ 0.65; ≥ 140,000/s' },
    {
      what: 'store alone',
      figure: store.perSecond,
      unit: 'rows/s',
      reference: bareName,
      referenceFigure: bare.perSecond,
    },
    {
      what: 'CPU a million frames',
      figure: ours.cpuPerMillion,
      unit: 's',
      reference: bareName,
      referenceFigure: bare.cpuPerMillion,
      reach: '≤ 10 s',
    },
    {
      what: 'disk',
      figure: ours.diskBytes / 1e6,
      unit: 'MB',
      reference: 'payload bytes',
      referenceFigure: ours.payloadBytes / 1e6,
    },
    {
      what: 'resident memory, growth',
      figure: ours.growthBytes / MIB,
      unit: 'MiB',
      reference: 'payload bytes recorded',
      referenceFigure: ours.payloadBytes / MIB,
      reach: '< 150 MB',
    },
    { what: 'resident memory, drift after the start', figure: ours.driftBytes / MIB, unit: 'MiB' },
  ];
  if (mitm === null) return rows;
  const name = 'mitmproxy with `-w`';
  return [
    ...rows,
    { ...rate, reference: name, referenceFigure: mitm.perSecond, reach: '≥ 12' },
    {
      what: 'CPU a million frames',
      figure: ours.cpuPerMillion,
      unit: 's',
      reference: name,
      referenceFigure: mitm.cpuPerMillion,
    },
  ];
}

function notes({ frames, seconds, wireBytes, payloadBytes, threads }) {
  const [recorder, writer, relay] = threads.map((cost) => cost.toFixed(2));
  return [
    `${frames.toLocaleString('en')} frames in ${seconds.toFixed(1)} s: ${(wireBytes / 1e9).toFixed(2)} GB on the wire, ${(payloadBytes / 1e9).toFixed(2)} GB of JSON, each frame compared with what was sent.`,
    `CPU seconds a million frames by thread: recorder ${recorder}, writer ${writer}, relay ${relay}; the rest is V8's helpers.`,
  ];
}
