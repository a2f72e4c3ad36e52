/**
 * The fuzzer: mutates inputs that reached something new, and looks for one that breaks the target's promise.
 *
 * An input joins the queue if a counter of instrument.ts has another order of magnitude than ever before. A run is
 * repeatable by target, seed and number of inputs, unless the target's time is the finding. What breaks a promise is
 * made smaller before it is reported: pieces are taken out as long as it still breaks.
 */
import { Random } from '../sim/random.js';
import { COUNTERS, countCounters } from './instrument.js';
import { mutate } from './mutate.js';
import type { Target } from './target.js';

/** CPU time that one input may take, in ms: inputs are short, and the slowest honest one takes a tenth. */
const MAX_CPU_MS = 1000;
/** Growth of memory during one input that is looked into, in bytes: more than every bound of a message together. */
const MAX_GROWTH_BYTES = 512 * 2 ** 20;
/** Tries to make a breaking input smaller. */
const MAX_SHRINKS = 400;

/** An input that broke something. */
export interface Finding {
  readonly input: Uint8Array;
  readonly what: string;
}

/** Figures of a run. */
export interface FuzzReport {
  readonly inputs: number;
  readonly counters: number;
  /** Inputs that reached something new, the shortest of each. */
  readonly queue: readonly Uint8Array[];
  readonly findings: readonly Finding[];
}

/** Options of a run. */
export interface FuzzOptions {
  readonly seed: number;
  /** Inputs that exist. */
  readonly corpus: readonly Uint8Array[];
  /** Asked after each input; the run ends once it returns false. */
  readonly goesOn: (inputs: number) => boolean;
  /** Called with each input before it is run, for an observer of hangs. */
  readonly onInput?: (input: Uint8Array) => void;
  /** Findings after which the run ends. */
  readonly maxFindings?: number;
}

/** Fuzzes a target. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, corpus, goesOn, onInput = () => undefined, maxFindings = 5 } = options;
  const random = new Random(seed);
  const words = target.words.map((word) => Buffer.from(word as string));
  const reached = new Reached();
  const queue: Uint8Array[] = [];
  const findings = new Map<string, Finding>();
  let inputs = 0;
  const tryInput = async (input: Uint8Array): Promise<void> => {
    inputs += 1;
    onInput(input);
    COUNTERS.fill(0, 0, countCounters());
    const what = await findBreakage(target, input);
    if (reached.add()) queue.push(input);
    if (what === null || findings.has(placeOf(what))) return;
    findings.set(placeOf(what), { input, what });
  };
  for (const input of [...target.seeds(), ...corpus]) await tryInput(Uint8Array.from(input));
  if (queue.length === 0) queue.push(new Uint8Array(0));
  while (goesOn(inputs) && findings.size < maxFindings) {
    // Newer ones more often: they reach what the older ones do not.
    const input = queue[queue.length - random.skewed(1, queue.length)]!;
    await tryInput(mutate(input, { random, others: queue, words, maxBytes: target.maxBytes }));
  }
  const shrunk: Finding[] = [];
  for (const finding of findings.values()) shrunk.push(await shrink(target, finding, onInput));
  return { inputs, counters: reached.count, queue, findings: shrunk };
}

/** What an input breaks, or null. */
export async function findBreakage(
  target: Target,
  input: Uint8Array,
  maxCpuMs = MAX_CPU_MS,
): Promise<string | null> {
  const before = process.cpuUsage();
  const memory = process.memoryUsage.rss();
  try {
    // A copy, as some code changes its input.
    const pending = target.run(Uint8Array.from(input));
    if (pending !== undefined) await pending;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > maxCpuMs) return `took ${Math.round(cpuMs)} ms of CPU time`;
  const grown = process.memoryUsage.rss() - memory;
  return grown > MAX_GROWTH_BYTES ? `grew by ${Math.round(grown / 2 ** 20)} MiB` : null;
}

/** Limits of what is kept because of what it reaches: `npm test` runs it, and it is in the repository. */
export interface KeptLimits {
  readonly count: number;
  readonly bytes: number;
  readonly cpuMs: number;
}

/** Inputs that together reach what all reach, or as much as the limits allow, the short ones first. */
export async function smallest(
  target: Target,
  inputs: readonly Uint8Array[],
  limits: KeptLimits,
): Promise<Uint8Array[]> {
  const reached = new Reached(true);
  const kept: Uint8Array[] = [];
  let [bytes, cpuMs] = [0, 0];
  for (const input of [...inputs].sort((one, other) => one.length - other.length)) {
    COUNTERS.fill(0, 0, countCounters());
    const before = process.cpuUsage();
    const what = await findBreakage(target, input);
    const { user, system } = process.cpuUsage(before);
    const takenMs = (user + system) / 1000;
    const isWithin = bytes + input.length <= limits.bytes && cpuMs + takenMs <= limits.cpuMs;
    if (what !== null || !isWithin || !reached.add()) continue;
    bytes += input.length;
    cpuMs += takenMs;
    kept.push(input);
    if (kept.length === limits.count) break;
  }
  return kept;
}

/** Orders of magnitude of each counter so far. */
class Reached {
  readonly #seen = new Uint8Array(COUNTERS.length);
  readonly #onlyWhether: boolean;

  /** `onlyWhether`: how often does not count. */
  constructor(onlyWhether = false) {
    this.#onlyWhether = onlyWhether;
  }

  /** Adds what the last input reached; returns whether any of it is new. */
  add(): boolean {
    let isNew = false;
    for (let at = countCounters() - 1; at >= 0; at -= 1) {
      const counter = COUNTERS[at]!;
      if (counter === 0) continue;
      const bit = this.#onlyWhether ? 1 : 1 << (31 - Math.clz32(counter));
      if ((this.#seen[at]! & bit) !== 0) continue;
      this.#seen[at]! |= bit;
      isNew = true;
    }
    return isNew;
  }

  /** Counters that were reached. */
  get count(): number {
    return this.#seen.reduce((sum, seen) => sum + (seen === 0 ? 0 : 1), 0);
  }
}

/** Where an error was thrown, so that one bug is found once. */
function placeOf(what: string): string {
  const frames = what.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return frames.length === 0 ? what.replace(/\d+/g, '') : frames.slice(0, 2).join();
}

async function shrink(
  target: Target,
  finding: Finding,
  onInput: (input: Uint8Array) => void,
): Promise<Finding> {
  let { input, what } = finding;
  let tries = 0;
  for (let length = input.length >> 1; length > 0; length >>= 1) {
    for (let at = 0; at + length <= input.length && tries < MAX_SHRINKS; tries += 1) {
      const shorter = Buffer.concat([input.subarray(0, at), input.subarray(at + length)]);
      onInput(shorter);
      const still = await findBreakage(target, shorter);
      if (still !== null && placeOf(still) === placeOf(what)) {
        input = Uint8Array.from(shorter);
        what = still;
      } else at += length;
    }
  }
  return { input, what };
}
