/**
 * `npm run sim -- --seed S [--runs N] [--replay]`: runs seeds from S on, prints what was wrong, and how many runs reached
 * each rare place. From so many runs on, one that none reached is a failure, too. `--shrink` makes the run of each seed that
 * fails smaller; `--without PART`, `--messages N` and `--order N` repeat a run that was made smaller.
 */
import { readCount, readFlags, WrongUse } from '../support/flags.js';
import { POINTS } from './points.js';
import { formatReduction, RECORDING_PARTS, type Reduction, REPLAY_PARTS, shrinkRun } from './reduction.js';
import { GATEWAY_FAULTS } from './replay/faults.js';
import { REPLAY_POINTS, simulateReplay, type ReplayOutcome } from './replay/run.js';
import { simulate } from './run.js';

const RUNS_FOR_ALL_POINTS = 500;

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const values = readFlags('sim', args, {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    plain: { type: 'boolean', default: false },
    replay: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    without: { type: 'string', multiple: true, default: [] },
    messages: { type: 'string' },
    order: { type: 'string', default: '0' },
  });
  const parts: readonly string[] = values.replay ? REPLAY_PARTS : RECORDING_PARTS;
  for (const part of values.without) {
    if (!parts.includes(part))
      throw new WrongUse(`sim: there is no part '${part}': known are ${parts.join(', ')}`);
  }
  const reduction = {
    without: values.without,
    messages: values.messages === undefined ? Infinity : readCount('sim', '--messages', values.messages),
    order: readCount('sim', '--order', values.order),
  };
  const isPlain = values.plain;
  const simulation: Simulation = {
    flags: `${isPlain ? ' --plain' : ''}${values.replay ? ' --replay' : ''}`,
    run: async (seed, smaller) =>
      values.replay
        ? simulateReplay(seed, { isPlain, reduction: smaller })
        : simulate(seed, { isPlain, reduction: smaller }),
    parts,
    places: values.replay
      ? [...GATEWAY_FAULTS, 'api-503'].map((name) => `fault ${name}`).concat(REPLAY_POINTS)
      : POINTS,
  };
  const seeds = {
    first: readCount('sim', '--seed', values.seed),
    runs: readCount('sim', '--runs', values.runs),
  };
  return runSeeds(simulation, seeds, reduction, values.shrink);
}

/** Recordings or replays. */
interface Simulation {
  readonly flags: string;
  readonly run: (seed: number, reduction: Reduction) => Promise<ReplayOutcome>;
  /** What can be left out. */
  readonly parts: readonly string[];
  /** What some run has to reach. */
  readonly places: readonly string[];
}

async function runSeeds(
  simulation: Simulation,
  { first, runs }: { readonly first: number; readonly runs: number },
  reduction: Reduction,
  isShrinking: boolean,
): Promise<number> {
  const reached = new Map<string, number>();
  const startedAtMs = performance.now();
  let failed = 0;
  for (let seed = first; seed < first + runs; seed += 1) {
    const outcome = await simulation.run(seed, reduction);
    for (const point of outcome.points) reached.set(point, (reached.get(point) ?? 0) + 1);
    if (runs === 1)
      console.log(`${outcome.steps} steps\n${outcome.log.map((line) => `  ${line}`).join('\n')}`);
    if (outcome.faults.length === 0) continue;
    failed += 1;
    report(simulation, seed, reduction, outcome);
    if (!isShrinking) continue;
    const smaller = await shrinkRun(reduction, simulation.parts, async (each) => {
      const { faults } = await simulation.run(seed, each);
      return nameKind(faults) === nameKind(outcome.faults);
    });
    report(simulation, seed, smaller, await simulation.run(seed, smaller));
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${runs} runs in ${seconds} s, ${failed} failed`);
  const { places } = simulation;
  for (const place of places) console.log(`  ${String(reached.get(place) ?? 0).padStart(6)} runs: ${place}`);
  const missed = runs < RUNS_FOR_ALL_POINTS ? [] : places.filter((place) => !reached.has(place));
  for (const place of missed) console.log(`never: ${place}`);
  return failed + missed.length > 0 ? 1 : 0;
}

/** The first fault without its numbers: what a smaller run must show, too. */
function nameKind([fault = '']: readonly string[]): string {
  return fault.replaceAll(/\d+/g, '').slice(0, 80);
}

function report({ flags }: Simulation, seed: number, reduction: Reduction, outcome: ReplayOutcome): void {
  const command = `npm run sim -- --seed ${seed}${flags}${formatReduction(reduction)}`;
  console.log(`seed ${seed}, ${outcome.steps} steps, repeated by: ${command}`);
  for (const fault of outcome.faults.slice(0, 5)) console.log(`  ${fault}`);
}
