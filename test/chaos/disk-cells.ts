/**
 * A recorder whose disk fails: both legs get every byte as it was sent, recording comes back by itself when the disk does, and
 * what is missing is a gap with its times and bytes.
 */
import { FailingDisk, type DiskCall, type DiskFault } from '../support/disk-faults.js';
import { pickCall, sharedFolder, type Cell, type Outcome, type Run } from './cell.js';
import { connectAll, startRecording } from './kill-cells.js';
import { findUnorderly, findUnsound, judgeGaps, judgeRecording } from './oracle.js';
import type { Program } from './program.js';
import { pause } from './scene.js';
import { Traffic } from './traffic.js';

interface Failure {
  readonly name: string;
  readonly fault: DiskFault;
  readonly calls: readonly DiskCall[];
  /** So many calls fail; 0: all until the fault is taken away. */
  readonly failing: number;
  /** How long a fault lasts of which all calls fail, in ms. */
  readonly lastsMs: number;
}

const WRITING: readonly DiskCall[] = ['write', 'truncate'];
const ALL: readonly DiskCall[] = ['write', 'sync', 'open', 'truncate', 'rename', 'unlink'];

const FAILURES: readonly Failure[] = [
  { name: 'ENOSPC', fault: 'full', calls: WRITING, failing: 1, lastsMs: 0 },
  { name: 'EIO', fault: 'broken', calls: ALL, failing: 1, lastsMs: 0 },
  { name: 'EINTR', fault: 'interrupted', calls: ['write', 'open', 'truncate'], failing: 1, lastsMs: 0 },
  { name: 'short write', fault: 'short of half a write', calls: ['write'], failing: 1, lastsMs: 0 },
  { name: 'slow sync', fault: 'slow', calls: ['sync'], failing: 1, lastsMs: 0 },
  { name: 'full disk', fault: 'full', calls: WRITING, failing: 0, lastsMs: 1_500 },
  { name: 'broken disk', fault: 'broken', calls: ALL, failing: 0, lastsMs: 1_500 },
];

/** How often checkpoints are: then calls on the file itself, and syncs, are among the first ones, too. */
const CHECKPOINTS = { CHAOS_CHECKPOINT_PAGES: '16' };

/** Longer than recording waits for a disk before traffic passes unrecorded (`REPORT_AFTER_MS` of worker/steady-store.ts). */
const LONG_MS = 13_000;

const TRAFFIC_MS = 300;

/** So many calls are tried one after the other; of the first `TRIED_CALLS`, others that are spread evenly. */
const IN_ORDER = 10;
const TRIED_CALLS = 400;

/** More than there are at a start: such a cell ends with the run in which the call is not made. */
const ALL_CALLS = 1_000;

/** Longest wait for the nth call of a recorder that has little to write. */
const LONGEST_MS = 60_000;

/** A disk that has room again is tried after a pause of up to 1.6 s; a machine under load takes longer. */
const SLACK_US = 10_000_000;

/** Traffic after a fault that lasted. */
const AFTERWARDS_MS = 2_000;

/** The recorder under each fault, at its start and while it records. */
export const DISK_CELLS: readonly Cell[] = [
  ...FAILURES.flatMap((failure) => [
    {
      ...cell(failure, 'at the start', 'each call of the start', (run) => failAtStart(run, failure)),
      runs: ALL_CALLS,
    },
    cell(failure, 'while recording', 'nth call while recording', (run) => failWhileRecording(run, failure)),
  ]),
  {
    ...cell({ ...FAILURES[0]!, failing: 0 }, '', 'for 13 s, queue of 1 MiB', failForLong),
    name: 'full disk for long',
    runs: 3,
  },
];

function cell({ name, failing }: Failure, when: string, moment: string, run: Cell['run']): Cell {
  const fault = `${name}, ${failing === 0 ? 'from then on' : 'once'}`;
  return { name: `${name} ${when}`, fault, moment, load: 'trickle', runs: 30, needsCompiler: true, run };
}

/** Either it says in a line why it does not start, or it records all. */
async function failAtStart(run: Run, { fault, calls, failing }: Failure): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const disk = new FailingDisk(run.files, run.folder, sharedFolder());
  disk.fail(fault, { calls, skipped: run.seed - 1, failing });
  const program = startRecording(run.files, traffic.url, [], disk.environment);
  const listening = await program.listening();
  const isLast = disk.met < run.seed;
  if (listening !== null) {
    return { ...(await finish(run, traffic, program, disk, listening.gatewayUrl)), isLast };
  }
  await program.ended();
  const faults = findUnorderly(program);
  if (program.process.exitCode === 0) faults.push('ended with 0 before it listened');
  const next = startRecording(run.files, traffic.url);
  const again = await next.listening();
  if (again === null) return { faults: [...faults, `the next run did not start: ${next.stderr}`], lost: 0 };
  const outcome = await finish(run, traffic, next, disk, again.gatewayUrl);
  return { ...outcome, faults: [...faults, ...outcome.faults] };
}

async function failWhileRecording(run: Run, { fault, calls, failing, lastsMs }: Failure): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const disk = new FailingDisk(run.files, run.folder, sharedFolder());
  const program = startRecording(run.files, traffic.url, [], { ...disk.environment, ...CHECKPOINTS });
  const listening = await program.listening();
  if (listening === null) return { faults: [`did not start: ${program.stderr}`], lost: 0 };
  await connectAll(traffic, listening.gatewayUrl);
  const skipped = pickCall(run.seed, IN_ORDER, TRIED_CALLS);
  disk.fail(fault, { calls, skipped, failing });
  traffic.load('trickle');
  const longestMs = performance.now() + LONGEST_MS;
  while (disk.met <= skipped && performance.now() < longestMs) await pause(10);
  const isMet = disk.met > skipped;
  await pause(lastsMs + TRAFFIC_MS);
  if (failing === 0) disk.fail('none');
  const outcome = await finish(run, traffic, program, disk, null);
  const faults = isMet ? [] : [`call ${skipped + 1} is not made`];
  return { ...outcome, faults: [...faults, ...outcome.faults] };
}

/** Sends on, ends the recorder, and judges: nothing is missing, as no fault lasted. */
async function finish(
  { files }: Run,
  traffic: Traffic,
  program: Program,
  disk: FailingDisk,
  gatewayUrl: string | null,
): Promise<Outcome> {
  if (gatewayUrl !== null) await connectAll(traffic, gatewayUrl);
  traffic.load('trickle');
  await pause(TRAFFIC_MS);
  traffic.stop();
  const faults = (await traffic.isDelivered()) ? [] : ['a connection was closed'];
  if (gatewayUrl !== null) disk.fail('none');
  program.kill('SIGTERM');
  const code = await program.ended();
  if (code !== 0) faults.push(`ended with ${code}: ${program.stderr}`);
  const { acknowledged } = program;
  const verdict = judgeRecording(files, { atMs: performance.now(), lanes: traffic.lanes, acknowledged });
  if (verdict.lost > 0) faults.push(`${verdict.lost} messages are missing: ${program.stderr}`);
  faults.push(...verdict.faults, ...traffic.findChanged(), ...(await findUnsound(files)));
  return { faults, lost: verdict.lost };
}

/** A disk that stays full: traffic goes on, recording comes back, and the gaps say when and how much. */
async function failForLong(run: Run): Promise<Outcome> {
  await using traffic = await Traffic.start();
  const disk = new FailingDisk(run.files, run.folder, sharedFolder());
  const program = startRecording(run.files, traffic.url, ['--queue', '1MiB'], disk.environment);
  const listening = await program.listening();
  if (listening === null) return { faults: [`did not start: ${program.stderr}`], lost: 0 };
  await connectAll(traffic, listening.gatewayUrl);
  traffic.load('bursts');
  await pause(TRAFFIC_MS);
  const fromUs = Date.now() * 1000;
  disk.fail('full');
  await pause(LONG_MS);
  const before = traffic.lanes.map(({ fromGateway }) => fromGateway.arrivedAtMs.length);
  await pause(1_000);
  const faults = traffic.lanes.flatMap(({ fromGateway: { arrivedAtMs } }, index) =>
    arrivedAtMs.length > before[index]! ? [] : ['traffic has stopped'],
  );
  disk.fail('none');
  const untilUs = Date.now() * 1000;
  await program.said(/recording goes on/);
  traffic.stop();
  if (!(await traffic.isDelivered())) faults.push('a connection was closed');
  // The queue is full of what came before; once it is read, messages are recorded again.
  traffic.load('trickle');
  await pause(AFTERWARDS_MS);
  traffic.stop();
  await traffic.isDelivered();
  program.kill('SIGTERM');
  const code = await program.ended();
  if (code !== 0) faults.push(`ended with ${code}: ${program.stderr}`);
  const end = {
    atMs: performance.now(),
    lanes: traffic.lanes,
    acknowledged: program.acknowledged,
    hasGaps: true,
  };
  const verdict = judgeRecording(run.files, end);
  if (verdict.lost > 0)
    faults.push(`${verdict.lost} messages at the end are missing: ${program.stderr}${program.stdout}`);
  if (program.stopped?.['gaps'] === 0) faults.push('there is no gap');
  faults.push(...verdict.faults, ...judgeGaps(run.files, program, { fromUs, untilUs: untilUs + SLACK_US }));
  faults.push(...traffic.findChanged(), ...(await findUnsound(run.files)));
  return { faults, lost: verdict.lost };
}
