/**
 * Time from the start of `gatetape record` until it listens, against a Node program that does nothing but listen; time
 * that commands take on a small file, against Node with an empty program.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from '../figures.mjs';
import { pathOf, Program } from '../processes.mjs';
import { inScratch, MIDDLES } from '../scene.mjs';

const UPSTREAM = 'ws://127.0.0.1:9';
const PROGRAM = pathOf('../../dist/bundle/main.js');
const TAPE = pathOf('../../tapes/demo.tape.ndjson');
const COMMANDS = { frames: ['frames'], stats: ['stats'], show: ['show', '5'] };

export const start = {
  title: 'Start',
  async run({ isQuick, log }) {
    const rounds = isQuick ? 5 : 15;
    return inScratch(async (folder) => {
      const record = await timeRecord(folder, rounds);
      log('`record` done');
      return { rows: [record, ...timeCommands(folder, rounds)], notes: [] };
    });
  },
};

async function timeRecord(folder, rounds) {
  const times = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round += 1) {
    const { program, listeningMs } = await MIDDLES.gatetape(UPSTREAM, folder);
    times.ours.push(listeningMs);
    await program.stop();
    times.bare.push(await startBare());
  }
  return {
    what: '`record` until it listens',
    figure: median(times.ours),
    unit: 'ms',
    referenceFigure: median(times.bare),
    reference: 'Node with an HTTP server',
    reach: '< 220 ms',
  };
}

/** Rows of the commands, which take turns with the reference. */
function timeCommands(folder, rounds) {
  const db = join(folder, 'small.sqlite');
  timeNode([PROGRAM, 'import', TAPE, '--db', db]);
  const bare = [];
  const times = new Map(Object.keys(COMMANDS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    bare.push(timeNode(['-e', '0']));
    for (const [name, ours] of times) ours.push(timeNode([PROGRAM, ...COMMANDS[name], '--db', db]));
  }
  return [...times].map(([name, ours]) => ({
    what: `\`${name}\` of 45 frames, from start to end`,
    figure: median(ours),
    unit: 'ms',
    referenceFigure: median(bare),
    reference: '`node -e 0`',
    reach: '< 150 ms',
  }));
}

/** Time in ms that Node takes from the start to the end of a program. */
function timeNode(args) {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startMs;
}

async function startBare() {
  const program = Program.node('references/idle-node.mjs');
  await program.nextLine();
  const ms = performance.now() - program.startedMs;
  await program.stop();
  return ms;
}
