/**
 * A recording thread that ends alone, at any moment: both legs get every byte, recording comes back by itself, what is missing is in
 * gaps, and the end of the run says so. With `--on-record-error stop` the run ends with 3 instead.
 */
import type { Cell, Outcome, Run } from './cell.js';
import { connectAll, startRecording, TWO_DECODERS } from './kill-cells.js';
import { findUnsound, judgeGaps, judgeRecording } from './oracle.js';
import type { Program } from './program.js';
import { pause } from './scene.js';
import { Traffic, type Load } from './traffic.js';

type Name = 'recorder' | 'writer' | 'decoder';

interface Plan {
  readonly thread: Name;
  readonly load: Load;
  readonly flags: readonly string[];
}

/** How long threads record before one of them ends, at most. */
const LONGEST_MS = 1_000;

/** Traffic after they record again. */
const AFTERWARDS_MS = 300;

/** Times of a gap are those of the bytes in it, which can have waited for a thread since before it ended. */
const WAITED_US = 10_000_000;

const ENDING = ['--on-record-error', 'stop'];

/** Each thread, alone. */
export const THREAD_CELLS: readonly Cell[] = [
  ...(['trickle', 'bursts'] as const).flatMap((load) => [
    revival({ thread: 'recorder', load, flags: [] }),
    revival({ thread: 'writer', load, flags: [] }),
    revival({ thread: 'recorder', load, flags: TWO_DECODERS }),
    revival({ thread: 'writer', load, flags: TWO_DECODERS }),
    revival({ thread: 'decoder', load, flags: TWO_DECODERS }),
  ]),
  ...(['recorder', 'writer', 'decoder'] as const).map((thread) => ({
    name: `${thread} thread ends the recording`,
    fault: `end of the ${thread} thread`,
    moment: 'any, --on-record-error stop, 2 decoders',
    load: 'bursts',
    runs: 10,
    run: (of: Run) => endOnce(of, { thread, load: 'bursts', flags: [...ENDING, ...TWO_DECODERS] }),
  })),
];

function revival(plan: Plan): Cell {
  const { thread, load, flags } = plan;
  const suffix = flags === TWO_DECODERS ? ', 2 decoders' : '';
  return {
    name: `${thread} thread, ${load}${suffix}`,
    fault: `end of the ${thread} thread`,
    moment: 'any',
    load,
    runs: 20,
    run: (of) => reviveOnce(of, plan),
  };
}

/** Starts a recorder, and waits for as long as its thread lives; returns what is wrong if it does not start. */
async function recordFor(
  { files, random }: Run,
  { thread, load, flags }: Plan,
  traffic: Traffic,
): Promise<Program | string> {
  const program = startRecording(files, traffic.url, flags, { CHAOS_THREAD: thread });
  const listening = await program.listening();
  if (listening === null) return `did not start: ${program.stderr}`;
  await connectAll(traffic, listening.gatewayUrl);
  traffic.load(load);
  await pause(random.below(LONGEST_MS));
  return program;
}

/** Records, ends the thread, and goes on until threads record again. */
async function reviveOnce(run: Run, plan: Plan): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const program = await recordFor(run, plan, traffic);
  if (typeof program === 'string') return { faults: [program], lost: 0 };
  const fromUs = Date.now() * 1000 - WAITED_US;
  program.kill('SIGURG');
  const faults = (await program.said(/recording goes on after/)) ? [] : [`ended: ${program.stderr}`];
  const untilUs = (Date.now() + 1) * 1000;
  traffic.stop();
  if (!(await traffic.isDelivered())) faults.push('a connection was closed');
  traffic.load('trickle');
  await pause(AFTERWARDS_MS);
  traffic.stop();
  if (!(await traffic.isDelivered())) faults.push('a connection was closed');
  program.kill('SIGTERM');
  const code = await program.ended();
  if (code !== 70) faults.push(`ended with ${code}: ${program.stderr}`);
  const { acknowledged, stopped } = program;
  const end = { atMs: performance.now(), lanes: traffic.lanes, acknowledged, hasGaps: true };
  const verdict = judgeRecording(run.files, end);
  if (verdict.lost > 0) faults.push(`${verdict.lost} messages at the end are missing: ${program.stderr}`);
  if (stopped?.['restarts'] !== 1) faults.push(`the last line says ${JSON.stringify(stopped)}`);
  faults.push(...verdict.faults, ...judgeGaps(run.files, program, { fromUs, untilUs }));
  faults.push(...traffic.findChanged(), ...(await findUnsound(run.files)));
  return { faults, lost: verdict.lost };
}

/** The recording ends with the thread, and says so. */
async function endOnce(run: Run, plan: Plan): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const program = await recordFor(run, plan, traffic);
  if (typeof program === 'string') return { faults: [program], lost: 0 };
  program.kill('SIGURG');
  const code = await program.ended();
  const faults = code === 3 ? [] : [`ended with ${code}: ${program.stderr}`];
  if (!program.stderr.includes('recording ended early')) faults.push(program.stderr);
  if (program.stopped === null) faults.push(`it said: ${program.stdout}`);
  return { faults: [...faults, ...(await findUnsound(run.files))], lost: 0 };
}
