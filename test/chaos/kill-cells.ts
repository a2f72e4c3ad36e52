/**
 * A recorder that is killed, or ended by SIGTERM, at any moment: nothing that it said to have committed is missing, what is
 * missing is the end of each connection, `check` is clean, and the next run says what broke off and goes on.
 */
import { join } from 'node:path';
import { FailingDisk, type DiskCall } from '../support/disk-faults.js';
import { isUndisturbed, pickCall, sharedFolder, type Cell, type Outcome, type Run } from './cell.js';
import { findUnsound, judgeRecording } from './oracle.js';
import { Program } from './program.js';
import { Traffic, type Load } from './traffic.js';

/** Bound of the age of a lost message at a trickle: the promise of the design. */
const TRICKLE_BOUND_MS = 100;

/** How long a recorder runs before it is killed, at most. */
const LONGEST_MS = 1_500;

interface Plan {
  readonly load: Load;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly hasGaps?: boolean;
  /** Whether the oldest frames are deleted meanwhile. */
  readonly isPruned?: boolean;
  /** How many calls succeed in a run; by default one more in each. */
  readonly countSkipped?: (seed: number) => number;
  /** Bound of the age of what is lost, in ms. */
  readonly boundMs?: number;
}

const QUEUE = ['--queue', '1MiB'];
const ROTATION = ['--rotate', '1s'];
export const TWO_DECODERS = ['--decoders', '2'];

/** Starts a recorder on a database in the folder `files`. */
export function startRecording(
  files: string,
  upstream: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Program {
  const db = join(files, 'capture.sqlite');
  const fixed = [
    '--listen',
    '127.0.0.1:0',
    '--upstream',
    upstream,
    '--api',
    'http://127.0.0.1:9/api',
    '--db',
    db,
  ];
  return new Program(['record', ...fixed, ...flags], env);
}

/** Connects two clients on plain JSON and one on zlib-stream. */
export async function connectAll(traffic: Traffic, gatewayUrl: string): Promise<void> {
  for (const isCompressed of [false, true, false]) await traffic.connect(gatewayUrl, isCompressed);
}

/** Starts the recorder, connects clients, sends, kills at a random moment, and judges. */
async function killOnce(
  run: Run,
  { load, flags = [], env = {}, hasGaps = false, boundMs }: Plan,
): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const program = startRecording(run.files, traffic.url, flags, env);
  const listening = await program.listening();
  if (listening === null) return { faults: [`did not start: ${program.stderr}`], lost: 0 };
  await connectAll(traffic, listening.gatewayUrl);
  traffic.load(load);
  await new Promise((resolve) => setTimeout(resolve, run.random.below(LONGEST_MS)));
  const atMs = performance.now();
  program.kill('SIGKILL');
  await program.ended();
  traffic.stop();
  const { acknowledged } = program;
  const verdict = judgeRecording(run.files, { atMs, lanes: traffic.lanes, acknowledged, hasGaps });
  const { faults, lost, oldestLostMs } = verdict;
  // Threads that record have a low priority: where others want all cores, they wait for as long as that takes.
  if (boundMs !== undefined && oldestLostMs > boundMs && isUndisturbed())
    faults.push(`the oldest lost message had arrived ${Math.round(oldestLostMs)} ms before the end`);
  faults.push(...(await findUnsound(run.files, acknowledged)), ...(await goOn(run, traffic.url)));
  return { faults, lost, oldestLostMs };
}

/** Records again on the same file: it says what broke off, ends in an orderly way, and leaves a sound file. */
export async function goOn(run: Run, upstream: string): Promise<string[]> {
  const next = startRecording(run.files, upstream);
  const faults = (await next.listening()) === null ? [`the next run did not start: ${next.stderr}`] : [];
  next.kill('SIGTERM');
  const code = await next.ended();
  if (code !== 0) faults.push(`the next run ended with ${code}: ${next.stderr}`);
  if (!next.stderr.includes('it broke off')) faults.push(`the next run said: ${next.stderr}`);
  return [...faults, ...(await findUnsound(run.files))];
}

/** Ends it by SIGTERM at a random moment, perhaps twice: all that arrived is there, and the figures are right. */
async function endOnce(run: Run, { load, flags = [], hasGaps = false }: Plan): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const program = startRecording(run.files, traffic.url, flags);
  const listening = await program.listening();
  if (listening === null) return { faults: [`did not start: ${program.stderr}`], lost: 0 };
  await connectAll(traffic, listening.gatewayUrl);
  traffic.load(load);
  await new Promise((resolve) => setTimeout(resolve, run.random.below(LONGEST_MS)));
  program.kill('SIGTERM');
  const code = await program.ended();
  traffic.stop();
  await traffic.clientsClosed();
  const end = { atMs: performance.now(), lanes: traffic.lanes, acknowledged: program.acknowledged, hasGaps };
  const { faults, lost } = judgeRecording(run.files, end);
  if (code !== 0) faults.push(`ended with ${code}: ${program.stderr}`);
  if (lost > 0 && !hasGaps) faults.push(`${lost} messages are missing`);
  return { faults: [...faults, ...(await findUnsound(run.files))], lost };
}

/** Ends the process in a call on a file, of those after the clients have connected. */
async function killInCall(run: Run, plan: Plan, calls: readonly DiskCall[]): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const disk = new FailingDisk(run.files, run.folder, sharedFolder());
  const program = startRecording(run.files, traffic.url, plan.flags, { ...disk.environment, ...plan.env });
  const listening = await program.listening();
  if (listening === null) return { faults: [`did not start: ${program.stderr}`], lost: 0 };
  await connectAll(traffic, listening.gatewayUrl);
  const skipped = plan.countSkipped?.(run.seed) ?? run.seed - 1;
  disk.fail('end of the process', { calls, skipped });
  traffic.load(plan.load);
  await program.ended();
  const atMs = performance.now();
  traffic.stop();
  const { acknowledged } = program;
  const { faults, lost, oldestLostMs } = judgeRecording(run.files, {
    atMs,
    lanes: traffic.lanes,
    acknowledged,
    isPruned: plan.isPruned === true,
  });
  faults.push(...(await findUnsound(run.files, acknowledged)), ...(await goOn(run, traffic.url)));
  return { faults, lost, oldestLostMs };
}

/** With 64 MiB: old frames are deleted from 1.6 MB on, of which an empty database has 0.7. */
const FEW_PAGES = { CHAOS_SIZE_WEIGHT: '25', CHAOS_CHECKPOINT_PAGES: '64' };

/** The first deletion comes after so many calls, about, and one of so many is tried. */
const CALLS_BEFORE = 1_000;
const CALLS_TRIED = 3_000;

const CHECKPOINTS = { CHAOS_CHECKPOINT_PAGES: '8' };

/** Cells of a plan with one decoder, which is the recorder itself, and with two. */
function withDecoders(make: Make, name: string, plan: Plan): readonly Cell[] {
  const flags = [...(plan.flags ?? []), ...TWO_DECODERS];
  return [make(name, plan), make(`${name}, 2 decoders`, { ...plan, flags })];
}

/** Kills and orderly ends of a recorder. */
export const KILL_CELLS: readonly Cell[] = [
  ...withDecoders(kill('any'), 'kill, trickle', { load: 'trickle', boundMs: TRICKLE_BOUND_MS }),
  ...withDecoders(kill('any'), 'kill, bursts', { load: 'bursts' }),
  kill('any, queue of 4 MiB')('kill, bursts, short queue', { load: 'bursts', flags: ['--queue', '4MiB'] }),
  ...withDecoders(kill('any, queue of 1 MiB'), 'kill, overload', { load: 'overload', flags: QUEUE }),
  ...withDecoders(kill('any, queue of 1 MiB, --on-overload drop'), 'kill, overload with gaps', {
    load: 'overload',
    flags: [...QUEUE, '--on-overload', 'drop'],
    hasGaps: true,
  }),
  ...withDecoders(kill('any, a new file each second'), 'kill, rotation', {
    load: 'trickle',
    flags: ROTATION,
  }),
  ...withDecoders(call('nth write of the recorder', ['write']), 'kill in a write', { load: 'trickle' }),
  ...withDecoders(
    call('nth write or sync, checkpoints after 8 pages', ['write', 'sync', 'truncate']),
    'kill in a checkpoint',
    { load: 'bursts', env: CHECKPOINTS },
  ),
  ...withDecoders(
    call('nth sync, rename, removal or truncation', ['sync', 'rename', 'unlink', 'truncate']),
    'kill in a rotation',
    { load: 'trickle', flags: ROTATION },
  ),
  ...withDecoders(
    call('nth write or sync while old frames are deleted', ['write', 'sync', 'truncate']),
    'kill in retention',
    {
      load: 'bursts',
      flags: ['--max-db-size', '64MiB'],
      env: FEW_PAGES,
      isPruned: true,
      countSkipped: (seed) => CALLS_BEFORE + pickCall(seed, 0, CALLS_TRIED),
    },
  ),
  ...withDecoders(term('any'), 'SIGTERM, trickle', { load: 'trickle' }),
  ...withDecoders(term('any'), 'SIGTERM, bursts', { load: 'bursts' }),
  ...withDecoders(term('any, queue of 1 MiB'), 'SIGTERM, overload', { load: 'overload', flags: QUEUE }),
  ...withDecoders(term('any, a new file each second'), 'SIGTERM, rotation', {
    load: 'trickle',
    flags: ROTATION,
  }),
];

type Make = (name: string, plan: Plan) => Cell;

function kill(moment: string): Make {
  return (name, plan) => {
    const run = (of: Run): Promise<Outcome> => killOnce(of, plan);
    return { name, fault: 'kill -9', moment, load: plan.load, runs: 40, run };
  };
}

function call(moment: string, calls: readonly DiskCall[]): Make {
  return (name, plan) => {
    const run = (of: Run): Promise<Outcome> => killInCall(of, plan, calls);
    return { name, fault: 'kill -9', moment, load: plan.load, runs: 30, needsCompiler: true, run };
  };
}

function term(moment: string): Make {
  return (name, plan) => {
    const run = (of: Run): Promise<Outcome> => endOnce(of, plan);
    return { name, fault: 'SIGTERM', moment, load: plan.load, runs: 20, run };
  };
}
