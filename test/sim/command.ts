/**
 * `npm run sim -- --seed S [--runs N] [--replay]`: runs seeds from S on, prints what was wrong, and how many runs reached
 * each rare place. From so many runs on, one that none reached is a failure, too.
 */
import { parseArgs } from 'node:util';
import { POINTS } from './points.js';
import { GATEWAY_FAULTS } from './replay/faults.js';
import { REPLAY_POINTS, simulateReplay } from './replay/run.js';
import { simulate } from './run.js';

const RUNS_FOR_ALL_POINTS = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    plain: { type: 'boolean', default: false },
    replay: { type: 'boolean', default: false },
  },
});

const places: readonly string[] = values.replay
  ? [...GATEWAY_FAULTS.map((name) => `fault ${name}`), ...REPLAY_POINTS]
  : POINTS;
const flags = `${values.plain ? ' --plain' : ''}${values.replay ? ' --replay' : ''}`;
const [first, runs] = [Number(values.seed), Number(values.runs)];
const reached = new Map<string, number>();
const startedAtMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  const outcome = values.replay ? simulateReplay(seed) : await simulate(seed, { isPlain: values.plain });
  for (const point of outcome.points) reached.set(point, (reached.get(point) ?? 0) + 1);
  if (runs === 1) console.log(`${outcome.steps} steps\n${outcome.log.map((line) => `  ${line}`).join('\n')}`);
  if (outcome.faults.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}, repeated by: npm run sim -- --seed ${seed}${flags}`);
  for (const fault of outcome.faults.slice(0, 5)) console.log(`  ${fault}`);
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(`${runs} runs in ${seconds} s, ${failed} failed`);
for (const place of places) console.log(`  ${String(reached.get(place) ?? 0).padStart(6)} runs: ${place}`);
const missed = runs < RUNS_FOR_ALL_POINTS ? [] : places.filter((place) => !reached.has(place));
for (const place of missed) console.log(`never: ${place}`);
process.exitCode = failed + missed.length > 0 ? 1 : 0;
