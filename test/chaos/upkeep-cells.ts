/**
 * Work on a finished file that fails, or is killed, in a call on a file: the file is sound and lacks nothing, a result is whole
 * or not there, the command says in a line what failed, and the next run does all of it.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openSqlite } from '../../src/store/sqlite.js';
import { FailingDisk, type Concerned, type DiskCall, type DiskFault } from '../support/disk-faults.js';
import { pickCall, sharedFolder, type Cell, type Outcome, type Run } from './cell.js';
import { connectAll, startRecording } from './kill-cells.js';
import { findUnorderly, findUnsound, openAsAnyTool } from './oracle.js';
import { runProgram, type Program } from './program.js';
import { Traffic } from './traffic.js';

const CALLS: readonly DiskCall[] = ['write', 'sync', 'open', 'truncate', 'rename', 'unlink'];

/** So many calls are tried one after the other; of more, some that are spread evenly. */
const IN_ORDER = 60;

/** Paths of a run. */
interface Place {
  readonly db: string;
  readonly result: string;
  readonly source: Source;
}

/** A recording that is worked on, and what is known of it. */
interface Source {
  readonly db: string;
  readonly jsonl: string;
  /** µs; half of the frames are older. */
  readonly middleUs: number;
  readonly frames: number;
  readonly newerFrames: number;
  readonly digest: string;
}

interface Task {
  readonly name: string;
  /** Lays the files of a run. */
  readonly prepare: (place: Place) => void;
  readonly args: (place: Place) => readonly string[];
  /** What is wrong afterwards; `isDone`: the command has ended with 0. */
  readonly judge: (place: Place, isDone: boolean) => Promise<string[]>;
}

interface Failure {
  readonly name: string;
  readonly fault: DiskFault;
  /** So many calls fail; 0: all from there on. */
  readonly failing: number;
  readonly calls?: readonly DiskCall[];
}

/** Bytes on a disk that is nearly full, in which `prune` still works. */
const ROOM_BYTES = 262_144;

const copyBase = ({ db, source }: Place): void => copyFileSync(source.db, db);

const TASKS: readonly Task[] = [
  {
    name: 'prune',
    prepare: copyBase,
    args: ({ db, source }) => ['prune', '--db', db, '--older-than', String(source.middleUs)],
    judge: ({ db, source }, isDone) => {
      const { frames, newer } = countFrames(db, source.middleUs);
      const faults = newer === source.newerFrames ? [] : [`${newer} of ${source.newerFrames} newer frames`];
      if (isDone && frames !== newer) faults.push(`${frames - newer} older frames`);
      return Promise.resolve(faults);
    },
  },
  {
    name: 'compact',
    prepare: copyBase,
    args: ({ db }) => ['compact', '--db', db, '--vacuum'],
    judge: async ({ db, source }) => compareDigests(source.digest, await digestContent(db)),
  },
  {
    name: 'import',
    prepare: () => undefined,
    args: ({ db, source }) => ['import', source.jsonl, '--db', db],
    judge: ({ db, source }, isDone) => {
      const { frames } = isDone ? countFrames(db, 0) : { frames: source.frames };
      return Promise.resolve(frames >= source.frames ? [] : [`${frames} of ${source.frames} frames`]);
    },
  },
  {
    name: 'export',
    prepare: copyBase,
    args: ({ db, result }) => ['export', '--db', db, '--as', 'jsonl', '--output', result],
    judge: ({ result, source }, isDone) => {
      if (!existsSync(result)) return Promise.resolve(isDone ? ['there is no result'] : []);
      return Promise.resolve(compareDigests(source.digest, digest(readFileSync(result))));
    },
  },
  {
    name: 'backup',
    prepare: copyBase,
    args: ({ db, result }) => ['backup', '--db', db, result],
    judge: async ({ result, source }, isDone) => {
      if (!existsSync(result)) return isDone ? ['there is no result'] : [];
      return compareDigests(source.digest, await digestContent(result));
    },
  },
  {
    name: 'migration',
    prepare: ({ db }) => writeFileSync(db, oldDatabase()),
    args: ({ db }) => ['check', '--repair', '--db', db],
    judge: async ({ db }, isDone) =>
      isDone ? compareDigests(await digestOfOld(), await digestContent(db)) : [],
  },
];

const FAILURES: readonly Failure[] = [
  { name: 'kill', fault: 'end of the process', failing: 1 },
  { name: 'full disk', fault: 'full', failing: 0, calls: ['write', 'truncate'] },
  { name: 'I/O error', fault: 'broken', failing: 1 },
  { name: 'lasting I/O error', fault: 'broken', failing: 0 },
  { name: 'EINTR', fault: 'interrupted', failing: 1, calls: ['write', 'open', 'truncate'] },
  { name: 'short write', fault: 'short of half a write', failing: 1, calls: ['write'] },
];

/** Each task under each failure, and `prune` where it is needed most. */
export const UPKEEP_CELLS: readonly Cell[] = [
  ...TASKS.flatMap((task) => taskCells(task)),
  {
    name: 'prune on a full disk',
    fault: '256 KiB are left',
    moment: 'all of prune',
    load: 'none',
    runs: 2,
    needsCompiler: true,
    run: pruneInRoom,
  },
];

/** Deletes all there is: the log has little room to grow, and the file none. */
async function pruneInRoom({ files, folder }: Run): Promise<Outcome> {
  const { db: base } = await findSource();
  const db = join(files, 'capture.sqlite');
  copyFileSync(base, db);
  const disk = new FailingDisk(files, folder, sharedFolder());
  disk.fail('too full to grow a file', { calls: ['write', 'truncate', 'unlink'], room: ROOM_BYTES });
  const { process, stderr } = await runProgram(
    ['prune', '--db', db, '--older-than', new Date().toISOString()],
    disk.environment,
  );
  const faults = process.exitCode === 0 ? [] : [stderr];
  const { frames } = countFrames(db, 0);
  if (frames > 0) faults.push(`${frames} frames are left`);
  return { faults: [...faults, ...(await findUnsound(files))], lost: 0 };
}

function taskCells(task: Task): readonly Cell[] {
  return FAILURES.map((failure) => ({
    name: `${failure.name} in ${task.name}`,
    fault: describeFault(failure),
    moment: `nth call in ${task.name}`,
    load: 'none',
    runs: 12,
    needsCompiler: true,
    run: (run: Run) => failOnce(run, task, failure),
  }));
}

function describeFault({ name, failing }: Failure): string {
  if (name === 'kill') return 'kill -9';
  return failing === 0 ? `${name}, from then on` : `${name}, once`;
}

/** How many calls there are, by task and kinds of calls. */
const counts = new Map<string, number>();

async function failOnce(run: Run, task: Task, { fault, failing, calls = CALLS }: Failure): Promise<Outcome> {
  const source = await findSource();
  const place = { db: join(run.files, 'capture.sqlite'), result: join(run.files, 'result'), source };
  const disk = new FailingDisk(run.files, run.folder, sharedFolder());
  const attempt = async (meets: DiskFault, concerned: Concerned): Promise<Program> => {
    disk.fail(meets, concerned);
    return runProgram(task.args(place), disk.environment);
  };
  task.prepare(place);
  const key = `${task.name} ${calls.join(' ')}`;
  let count = counts.get(key);
  if (count === undefined) {
    await attempt('none', { calls });
    counts.set(key, (count = disk.met));
    rmSync(run.files, { recursive: true });
    mkdirSync(run.files);
    task.prepare(place);
  }

  const skipped = pickCall(run.seed, IN_ORDER, count);
  const program = await attempt(fault, { calls, skipped, failing });
  const isDone = program.process.exitCode === 0;
  const faults = fault === 'end of the process' ? [] : findUnorderly(program);
  faults.push(...(await task.judge(place, isDone)));
  if (!isDone) {
    if (task.name !== 'migration' && task.name !== 'import') faults.push(...(await findUnsound(run.files)));
    const again = await attempt('none', { calls });
    if (again.process.exitCode !== 0) faults.push(`the next run: ${again.stderr}`);
    faults.push(...(await task.judge(place, true)));
  }
  faults.push(...(await findUnsound(run.files)));
  const where = `call ${skipped + 1} of ${count}: `;
  return { faults: faults.map((text) => where + text), lost: 0, isLast: run.seed >= count };
}

let source: Promise<Source> | null = null;

/** The recording that all runs work on; made by the first. */
function findSource(): Promise<Source> {
  return (source ??= recordSource());
}

async function recordSource(): Promise<Source> {
  const folder = sharedFolder();
  const db = join(folder, 'capture.sqlite');
  await using traffic = await Traffic.start();
  const recorder = startRecording(folder, traffic.url);
  const listening = await recorder.listening();
  if (listening === null) throw new Error(recorder.stderr);
  await connectAll(traffic, listening.gatewayUrl);
  for (let round = 0; round < 3; round += 1) {
    for (const lane of traffic.lanes) lane.dispatch(500);
    await traffic.isDelivered();
  }
  recorder.kill('SIGTERM');
  await recorder.ended();
  const jsonl = join(folder, 'capture.jsonl');
  await runProgram(['export', '--db', db, '--as', 'jsonl', '--output', jsonl]);
  const file = openSqlite(db, { readonly: true });
  const middleUs = Number(
    file
      .prepare('SELECT at_us FROM frame ORDER BY at_us LIMIT 1 OFFSET (SELECT count(*) / 2 FROM frame)')
      .pluck()
      .get(),
  );
  file.close();
  const { frames, newer } = countFrames(db, middleUs);
  return { db, jsonl, middleUs, frames, newerFrames: newer, digest: digest(readFileSync(jsonl)) };
}

function countFrames(path: string, sinceUs: number): { readonly frames: number; readonly newer: number } {
  const db = openAsAnyTool(path);
  try {
    const sums = db.prepare('SELECT count(*) AS frames, coalesce(sum(at_us >= ?), 0) AS newer FROM frame');
    return sums.get(sinceUs) as { frames: number; newer: number };
  } finally {
    db.close();
  }
}

function compareDigests(expected: string, found: string): string[] {
  return expected === found ? [] : ['the content is another'];
}

const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** What a file has, as its export says. */
async function digestContent(db: string): Promise<string> {
  const { stdout, stderr } = await runProgram(['export', '--db', db, '--as', 'jsonl']);
  return digest(stdout + stderr);
}

const oldDatabase = (): Buffer =>
  gunzipSync(readFileSync(new URL('../fixtures/databases/0002.sqlite.gz', import.meta.url)));

let ofOld: Promise<string> | null = null;

/** What a file of an old version has once it is of this one. */
function digestOfOld(): Promise<string> {
  return (ofOld ??= migrateOld());
}

async function migrateOld(): Promise<string> {
  const db = join(sharedFolder(), 'old.sqlite');
  writeFileSync(db, oldDatabase());
  await runProgram(['check', '--repair', '--db', db]);
  return digestContent(db);
}
