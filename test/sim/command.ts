/** `npm run sim -- --seed S [--runs N]`: runs seeds from S on, prints what was wrong, and which rare points never happened. */
import { parseArgs } from 'node:util';
import { simulate } from './run.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1' } },
});

const [first, runs] = [Number(values.seed), Number(values.runs)];
const points = new Map<string, number>();
const startedAtMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  if (process.env['SIM_TRACE'] !== undefined) process.stderr.write(`${seed}\n`);
  const { faults, points: passed, steps, log } = await simulate(seed);
  for (const point of passed) points.set(point, (points.get(point) ?? 0) + 1);
  if (runs === 1) console.log(`${steps} steps\n${log.map((line) => `  ${line}`).join('\n')}`);
  if (faults.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}, repeated by: npm run sim -- --seed ${seed}`);
  for (const fault of faults.slice(0, 5)) console.log(`  ${fault}`);
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(`${runs} runs in ${seconds} s, ${failed} failed`);
for (const [point, count] of [...points].sort()) console.log(`  ${point}: in ${count} runs`);
process.exitCode = failed > 0 ? 1 : 0;
