/**
 * Decoder threads: frames from memory, without a relay or a load generator, recorded by one thread and by several.
 *
 * Each way is measured with the database, and with a writer that throws everything away. The best of some rounds counts, in
 * which the ways take turns. From the processor time of each thread follows what more processors would give.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from '../processes.mjs';
import { inScratch } from '../scene.mjs';

/** Of the relay, a frame (RESULTS.md). */
const RELAY_US = 0.4;
const PROCESSORS = [4, 8, 16];
const DECODERS = [1, 2, 3];

export const decoders = {
  title: 'Decoder threads',
  async run({ isQuick, log }) {
    const frames = isQuick ? 320_000 : 1_600_000;
    const best = {};
    for (let round = 0; round < 3; round += 1) {
      for (const [name, isDiscarding] of [
        ['written', false],
        ['thrown away', true],
      ]) {
        for (const count of DECODERS) {
          const cost = await inScratch((folder) =>
            feed(count, isDiscarding ? '-' : join(folder, 'fed.sqlite'), frames),
          );
          const known = best[`${count} ${name}`];
          const total = (one) => one.cpuUs.reduce((sum, us) => sum + us, 0);
          best[`${count} ${name}`] = {
            perSecond: Math.max(cost.perSecond, known?.perSecond ?? 0),
            cpuUs: known !== undefined && total(known) < total(cost) ? known.cpuUs : cost.cpuUs,
          };
        }
      }
      log(`round ${round + 1} done`);
    }
    const row = (count, name, reach) => ({
      what: `frames a second, ${count} decoders, ${name}`,
      figure: best[`${count} ${name}`].perSecond,
      unit: '/s',
      reference: '1 decoder',
      referenceFigure: best[`1 ${name}`].perSecond,
      reach,
    });
    return {
      rows: [row(2, 'thrown away', '≥ 1.7 ×'), row(3, 'thrown away'), row(2, 'written'), row(3, 'written')],
      notes: notes(best),
    };
  },
};

async function feed(count, file, frames) {
  const program = Program.node('load/feed.mjs', String(count), file, String(frames));
  const cost = await program.nextLine();
  await program.ended();
  if (file !== '-') for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  return cost;
}

function notes(best) {
  const told = DECODERS.map((count) => {
    const { cpuUs } = best[`${count} written`];
    const [recorder, writer] = cpuUs.slice(-2).map((us) => us.toFixed(1));
    const each = cpuUs.slice(0, -2).map((us) => us.toFixed(1));
    const decoding = each.length === 0 ? '' : `decoders ${each.join(' + ')}, `;
    return `${count}: ${decoding}recorder ${recorder}, writer ${writer}`;
  });
  return [
    `Processor time of each thread, µs a frame, by the number of decoders, written. ${told.join('. ')}.`,
    `On paper, ${model(best).join('; ')}.`,
  ];
}

/** What the slowest thread allows, and what all processors together do, with two decoders fewer than there are processors. */
function model(best) {
  const { cpuUs } = best['3 written'];
  const [recorder, writer] = cpuUs.slice(-2);
  const decoding = cpuUs.slice(0, -2).reduce((sum, us) => sum + us, 0);
  const total = decoding + recorder + writer + RELAY_US;
  return PROCESSORS.map((processors) => {
    const count = Math.min(processors - 2, 8);
    const limits = {
      decoding: count / decoding,
      'the recorder': 1 / recorder,
      'the writer': 1 / writer,
      'all processors': processors / total,
    };
    const [limit, perUs] = Object.entries(limits).sort(([, a], [, b]) => a - b)[0];
    return `${processors} processors: ${Math.round(perUs * 1e3)},000 frames a second, limited by ${limit}`;
  });
}
