/**
 * Runs each test as it is, and then once for each planted mutant that it reaches and no test has noticed yet. A mutant
 * that makes a test fail, or that is reached far more often than without it (an endless loop), is killed.
 *
 * A mutant of code that runs when a module is loaded has to be on before that: the command runs the tests in a process
 * of their own for each of these (`MutationPlan.on`), and of those that only a test reaches that is not repeated.
 */
import { setMaxListeners } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { TestRunner } from 'vitest';
import type { RunnerTask, RunnerTestCase, RunnerTestFile } from 'vitest';
import { getFn } from 'vitest/suite';
import { SWITCH } from './mutants.js';

/** What the command plans: numbers of the mutants that each test file judges. */
export interface MutationPlan {
  readonly byTest: Readonly<Record<string, readonly number[]>>;
  /** The only mutant of this process, which is on from its start, or -1 for none; null if each is switched on in turn. */
  readonly on: number | null;
  readonly mutantCount: number;
  readonly results: string;
  /** File that says which mutant is on, and in which process: what ends or stops that process is killed. */
  readonly current: string;
  /** Those that ended or stopped the process of an earlier try. */
  readonly deadly: readonly number[];
}

/** Result of a mutant in one test file. */
export interface MutationResult {
  readonly mutant: number;
  /** `undecided`: no test has noticed it here, and it may be noticed in a process of its own. */
  readonly outcome: 'killed' | 'survived' | 'unreached' | 'undecided';
}

const PLAN = JSON.parse(readFileSync(process.env['GATETAPE_MUTATION_PLAN'] ?? '', 'utf8')) as MutationPlan;
/** CPU time of a test above which it is not repeated for each mutant, in µs. */
const MAX_TEST_US = 700_000;
/** A mutant that is reached this many times as often, or so many times more, does not end. */
const MAX_TIMES = 20;
const MORE_HITS = 100_000;
/** Properties draw the same values each time, so that a mutant has the same outcome each time. */
const PROPERTY_SEED = 1;

const hits = new Uint32Array(PLAN.mutantCount);
let active = PLAN.on ?? -1;
let activeHits = 0;
let maxHits = Infinity;
/** Reached while modules were loaded, which all test files share. */
const loaded = new Set<number>();

Object.assign(globalThis, {
  [SWITCH]: (mutant: number): boolean => {
    if (mutant !== active) {
      if (active === -1) hits[mutant]! += 1;
      return false;
    }
    activeHits += 1;
    if (activeHits > maxHits) throw new Error('this mutant does not end');
    return true;
  },
});

// Whatever a test listens to, it does once for each mutant.
setMaxListeners(Infinity);

// A shrunk example of a mutant is of no use.
fc.configureGlobal({ endOnFailure: true, seed: PROPERTY_SEED });

if (PLAN.on !== null) writeFileSync(PLAN.current, `${process.pid} ${PLAN.on}`);

export default class MutationRunner extends TestRunner {
  readonly #reached = new Set<number>();
  readonly #judgedOnce = new Set<number>();
  readonly #killed = new Set<number>(PLAN.deadly);
  #isFailed = false;

  /** What has been reached so far was reached by loading. */
  onCollected = (): void => {
    for (const [mutant, count] of hits.entries()) if (count > 0) loaded.add(mutant);
    hits.fill(0);
  };

  async runTask(test: RunnerTestCase): Promise<void> {
    const run = getFn(test);
    if (PLAN.on !== null) {
      // One failure is enough.
      if (this.#isFailed) return;
      this.#isFailed = true;
      await run();
      this.#isFailed = false;
      return;
    }
    const before = process.cpuUsage().user;
    await run();
    const elapsedUs = process.cpuUsage().user - before;
    const counts = Uint32Array.from(hits);
    hits.fill(0);
    const reached = this.#judged(test.file).filter(
      (mutant) => counts[mutant]! > 0 && !this.#killed.has(mutant),
    );
    for (const mutant of reached) this.#reached.add(mutant);
    if (elapsedUs > MAX_TEST_US || reached.length === 0 || !(await passes(run))) {
      hits.fill(0);
      return;
    }
    for (const mutant of reached) {
      this.#judgedOnce.add(mutant);
      active = mutant;
      activeHits = 0;
      maxHits = counts[mutant]! * MAX_TIMES + MORE_HITS;
      writeFileSync(PLAN.current, `${process.pid} ${mutant}`);
      if (!(await passes(run))) this.#killed.add(mutant);
      writeFileSync(PLAN.current, '');
      active = -1;
    }
    hits.fill(0);
  }

  override onAfterRunFiles(files?: RunnerTestFile[]): void {
    super.onAfterRunFiles();
    if (PLAN.on !== null) {
      const isKilled = files?.some(({ result }) => result?.state === 'fail') === true;
      writeResults([{ mutant: PLAN.on, outcome: isKilled ? 'killed' : 'survived' }]);
      return;
    }
    writeResults(
      (files ?? [])
        .flatMap((file) => this.#judged(file))
        .map((mutant) => ({ mutant, outcome: this.#outcomeOf(mutant) })),
    );
  }

  #outcomeOf(mutant: number): MutationResult['outcome'] {
    if (this.#killed.has(mutant)) return 'killed';
    if (loaded.has(mutant)) return 'undecided';
    if (this.#judgedOnce.has(mutant)) return 'survived';
    return this.#reached.has(mutant) ? 'undecided' : 'unreached';
  }

  #judged(file: RunnerTask['file']): readonly number[] {
    return PLAN.byTest[file.filepath] ?? [];
  }
}

function writeResults(results: readonly MutationResult[]): void {
  appendFileSync(PLAN.results, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  writeFileSync(PLAN.current, '');
}

async function passes(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
