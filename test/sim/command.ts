/**
 * `npm run sim -- --seed S [--runs N]`: runs seeds from S on, prints what was wrong, and how many runs reached each rare
 * place. From so many runs on, one that none reached is a failure, too.
 */
import { parseArgs } from 'node:util';
import { type Point, POINTS } from './points.js';
import { simulate } from './run.js';

const RUNS_FOR_ALL_POINTS = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    plain: { type: 'boolean', default: false },
  },
});

const [first, runs] = [Number(values.seed), Number(values.runs)];
const points = new Map<Point, number>();
const startedAtMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  const { faults, points: passed, steps, log } = await simulate(seed, { isPlain: values.plain });
  for (const point of passed) points.set(point, (points.get(point) ?? 0) + 1);
  if (runs === 1) console.log(`${steps} steps\n${log.map((line) => `  ${line}`).join('\n')}`);
  if (faults.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}, repeated by: npm run sim -- --seed ${seed}${values.plain ? ' --plain' : ''}`);
  for (const fault of faults.slice(0, 5)) console.log(`  ${fault}`);
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(`${runs} runs in ${seconds} s, ${failed} failed`);
for (const point of POINTS) console.log(`  ${String(points.get(point) ?? 0).padStart(6)} runs: ${point}`);
const missed = runs < RUNS_FOR_ALL_POINTS ? [] : POINTS.filter((point) => !points.has(point));
for (const point of missed) console.log(`never: ${point}`);
process.exitCode = failed + missed.length > 0 ? 1 : 0;
