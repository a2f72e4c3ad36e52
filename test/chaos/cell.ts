/** A cell of the table: one fault at one moment under one load, and what a run of it gives. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../sim/random.js';

/** What a run may use. */
export interface Run {
  readonly random: Random;
  /** The files of the recording, and nothing else. */
  readonly files: string;
  /** Everything else. */
  readonly folder: string;
  /** Counts the runs of a cell, from 1. */
  readonly seed: number;
}

/** What came of a run. */
export interface Outcome {
  /** Broken promises; empty if it survived. */
  readonly faults: readonly string[];
  /** Messages that were recorded nowhere, as may be. */
  readonly lost: number;
  /** Age of the oldest of them, for kills. */
  readonly oldestLostMs?: number;
  /** Whether there is nothing left to do: a later call does not exist. */
  readonly isLast?: boolean;
}

/** A row of the table. */
export interface Cell {
  readonly name: string;
  readonly fault: string;
  readonly moment: string;
  readonly load: string;
  /** Runs of the long version. */
  readonly runs: number;
  /** Whether it needs disks that fail. */
  readonly needsCompiler?: boolean;
  readonly run: (run: Run) => Promise<Outcome>;
}

/** What came of all runs of a cell. */
export interface CellResult {
  readonly runs: number;
  readonly survived: number;
  readonly lost: number;
  /** Sorted ages of the oldest lost message of each run, in ms; empty where there is no such age. */
  readonly agesMs: readonly number[];
  /** Threads that wanted a core in the minute before the end, on the whole machine. */
  readonly loadAverage: number;
  /** Whether all runs had real-time priority to their end. */
  readonly isRealTime: boolean;
  readonly faults: readonly { readonly seed: number; readonly fault: string }[];
}

const SHARED = join(tmpdir(), `gatetape-chaos-${process.pid}`);

/** A folder that all runs of this process share, for what takes long to make. */
export function sharedFolder(): string {
  if (!existsSync(SHARED)) {
    mkdirSync(SHARED, { recursive: true });
    process.once('exit', () => rmSync(SHARED, { recursive: true, force: true }));
  }
  return SHARED;
}

/** Field of /proc/PID/stat, counted after the name: the scheduler's policy. Those with real-time priority are 1 and 2. */
const POLICY_FIELD = 38;

/** Whether this process, and all that it starts, run before whatever else wants the cores: `chrt -f 10 node …`. */
function isRealTime(): boolean {
  if (process.platform !== 'linux') return false;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const policy = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[POLICY_FIELD] ?? '';
  return ['1', '2'].includes(policy);
}

/** Whether no thread waits for a core because of other programs: each had one in the last minute, or those wait. */
export const isUndisturbed = (): boolean => isRealTime() || loadavg()[0]! <= availableParallelism();

/** Neighbouring multiples of it, without their whole numbers, are far from each other. */
const GOLDEN_SHARE = 0.618_034;

/** Which call of a run fails, from 0: the first `inOrder` one after the other, then some of all `count`, spread evenly. */
export function pickCall(seed: number, inOrder: number, count: number): number {
  const isInOrder = seed <= inOrder || count <= inOrder;
  return isInOrder ? Math.min(seed, count) - 1 : Math.floor(((seed * GOLDEN_SHARE) % 1) * count);
}

/** Runs a cell with seeds from `seed` on; says each failure as it comes. */
export async function runCell(
  cell: Cell,
  { runs, seed, say }: { readonly runs: number; readonly seed: number; readonly say: (line: string) => void },
): Promise<CellResult> {
  const faults: { seed: number; fault: string }[] = [];
  const agesMs: number[] = [];
  let [done, survived, lost] = [0, 0, 0];
  let wasRealTime = true;
  for (let index = 0; index < runs; index += 1) {
    const outcome = await runOnce(cell, seed + index);
    wasRealTime &&= isRealTime();
    done += 1;
    lost += outcome.lost;
    if (outcome.oldestLostMs !== undefined) agesMs.push(outcome.oldestLostMs);
    if (outcome.faults.length === 0) survived += 1;
    for (const fault of outcome.faults) faults.push({ seed: seed + index, fault });
    if (outcome.faults.length > 0) {
      say(
        `${cell.name}, repeated by: npm run chaos -- --cell '${cell.name}' --seed ${seed + index} --runs 1`,
      );
      for (const fault of outcome.faults.slice(0, 5)) say(`  ${fault}`);
    }
    if (outcome.isLast === true) break;
  }
  agesMs.sort((one, other) => one - other);
  const loadAverage = loadavg()[0]!;
  return { runs: done, survived, lost, agesMs, loadAverage, isRealTime: wasRealTime, faults };
}

async function runOnce(cell: Cell, seed: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-chaos-'));
  const files = join(folder, 'files');
  mkdirSync(files);
  try {
    return await cell.run({ random: new Random(seed), files, folder, seed });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
