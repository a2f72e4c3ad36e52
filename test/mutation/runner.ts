/**
 * Runs each test as it is, and then once for each planted mutant that it reaches and no test has noticed yet. A mutant
 * that makes a test fail, or that is reached far more often than without it (an endless loop), is killed.
 *
 * Code that runs when a module is loaded is not judged: its mutants would have to be on before the tests begin.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { TestRunner } from 'vitest';
import type { RunnerTask, RunnerTestCase, RunnerTestFile } from 'vitest';
import { getFn } from 'vitest/suite';
import { SWITCH } from './mutants.js';

/** What the command plans: numbers of the mutants that each test file judges. */
export interface MutationPlan {
  readonly byTest: Readonly<Record<string, readonly number[]>>;
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
  /** `slow`: reached by tests alone that are not repeated. */
  readonly outcome: 'killed' | 'survived' | 'static' | 'slow' | 'unreached';
}

const PLAN = JSON.parse(readFileSync(process.env['GATETAPE_MUTATION_PLAN'] ?? '', 'utf8')) as MutationPlan;
/** CPU time of a test above which it is not repeated for each mutant, in µs. */
const MAX_TEST_US = 700_000;
/** A mutant that is reached this many times as often, or so many times more, does not end. */
const MAX_TIMES = 20;
const MORE_HITS = 100_000;
const MAX_PROPERTY_MS = 300;

const hits = new Uint32Array(PLAN.mutantCount);
let active = -1;
let activeHits = 0;
let maxHits = 0;
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

// A shrunk example of a mutant is of no use, and a property that does not fail soon is taken to hold.
// The plugin that replaces this setting is given to one property at a time.
// eslint-disable-next-line @typescript-eslint/no-deprecated
fc.configureGlobal({ endOnFailure: true, interruptAfterTimeLimit: MAX_PROPERTY_MS });

export default class MutationRunner extends TestRunner {
  readonly #reached = new Set<number>();
  readonly #judgedOnce = new Set<number>();
  readonly #killed = new Set<number>(PLAN.deadly);

  /** What has been reached so far was reached by loading. */
  onCollected = (): void => {
    for (const [mutant, count] of hits.entries()) if (count > 0) loaded.add(mutant);
    hits.fill(0);
  };

  async runTask(test: RunnerTestCase): Promise<void> {
    const run = getFn(test);
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
    const lines = (files ?? [])
      .flatMap((file) => this.#judged(file))
      .map((mutant): MutationResult => ({ mutant, outcome: this.#outcomeOf(mutant) }));
    appendFileSync(PLAN.results, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  #outcomeOf(mutant: number): MutationResult['outcome'] {
    if (this.#killed.has(mutant)) return 'killed';
    if (this.#judgedOnce.has(mutant)) return 'survived';
    if (this.#reached.has(mutant)) return 'slow';
    return loaded.has(mutant) ? 'static' : 'unreached';
  }

  #judged(file: RunnerTask['file']): readonly number[] {
    return PLAN.byTest[file.filepath] ?? [];
  }
}

async function passes(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
