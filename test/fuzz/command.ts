/**
 * `npm run fuzz -- [--target NAME]… [--seconds N] [--seed S] [--inputs N] [--keep]`: fuzzes each target for so long, or for
 * so many inputs. `--keep` writes what reaches much of the code into the corpus; what breaks something is always
 * written. `--input BASE64` runs one input and prints the stack of what it breaks.
 */
import { setImmediate } from 'node:timers/promises';
import { readCount, readFlags, WrongUse } from '../support/flags.js';
import { keepBreaking, keepReaching, readCorpus } from './corpus.js';
import { findBreakage, fuzz, smallest } from './fuzzer.js';
import { removeLeftovers, type Target } from './target.js';
import { TARGETS } from './targets.js';

const KEPT = { count: 40, bytes: 16_384, cpuMs: 60 };
/** Inputs that another program judges. */
const MAX_JUDGED = 3000;

/** Runs the command; returns the exit code. `onInput` gets each input before it is run. */
export async function runFuzzer(
  args: readonly string[],
  onInput: (target: string, input: Uint8Array) => void,
): Promise<number> {
  const values = readFlags('fuzz', args, {
    target: { type: 'string', multiple: true, default: Object.keys(TARGETS) },
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string' },
    input: { type: 'string' },
    keep: { type: 'boolean', default: false },
  });
  const seconds = readCount('fuzz', '--seconds', values.seconds);
  const seed = readCount('fuzz', '--seed', values.seed);
  const most = values.inputs === undefined ? Infinity : readCount('fuzz', '--inputs', values.inputs);
  let broken = 0;
  for (const name of values.target) {
    const target = TARGETS[name];
    if (target === undefined)
      throw new WrongUse(`fuzz: there is no target ${name}: known are ${Object.keys(TARGETS).join(', ')}`);
    const note = (input: Uint8Array): void => onInput(name, input);
    if (values.input !== undefined) {
      const what = await findBreakage(target, Buffer.from(values.input, 'base64'));
      console.log(what ?? 'nothing is broken');
      broken += what === null ? 0 : 1;
      continue;
    }
    const endMs = Date.now() + seconds * 1000;
    const startedAtMs = performance.now();
    const report = await fuzz(target, {
      seed,
      corpus: readCorpus(name),
      goesOn: (inputs) => inputs < most && (values.inputs !== undefined || Date.now() < endMs),
      onInput: note,
    });
    const tookSeconds = (performance.now() - startedAtMs) / 1000;
    const judged = judge(target, report.queue);
    const found = [...report.findings, ...judged];
    console.log(
      `${name}: ${report.inputs} inputs in ${tookSeconds.toFixed(0)} s, ${report.counters} branches, queue of ${report.queue.length}, ${found.length} broken`,
    );
    for (const { input, what } of found) reportBroken(name, input, what);
    broken += found.length;
    if (values.keep) keepReaching(name, await smallest(target, report.queue, KEPT));
    // A thread prints when it is idle.
    await setImmediate();
  }
  removeLeftovers();
  return broken === 0 ? 0 : 1;
}

/** Prints what an input broke, and keeps it. */
export function reportBroken(name: string, input: Uint8Array, what: string): void {
  const isNew = keepBreaking(name, input, what);
  console.log(`  ${what.split('\n').slice(0, 8).join('\n  ')}`);
  const base64 = Buffer.from(input).toString('base64');
  console.log(
    `  repeated by: npm run fuzz -- --target ${name} --input ${base64}${isNew ? '' : ' (kept before)'}`,
  );
}

function judge(target: Target, inputs: readonly Uint8Array[]): { input: Uint8Array; what: string }[] {
  return [...(target.judge?.(inputs.slice(0, MAX_JUDGED)) ?? [])];
}
