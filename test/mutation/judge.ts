/** Judges mutants of sources, each by the test of its source alone. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVitest, type Vitest } from 'vitest/node';
import { type Mutant, plantMutants } from './mutants.js';
import type { MutationPlan, MutationResult } from './runner.js';

/** A source, and which of its mutants are judged. */
export interface Subject {
  readonly source: string;
  readonly text: string;
  /** Path of the test. */
  readonly test: string;
  /** Places of mutants among all of the source. */
  readonly chosen: ReadonlySet<number>;
}

/** What the test of a source says to a mutant; null if it could not be judged. */
export type Outcome = Exclude<MutationResult['outcome'], 'undecided'> | null;

/** Outcomes of the chosen mutants of all subjects. */
export async function judgeMutants(
  root: string,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<Mutant, Outcome>> {
  const judge = new Judge(root, subjects);
  try {
    return await judge.judgeAll();
  } finally {
    judge.end();
  }
}

/** A mutant is on for so long at most. */
const STUCK_MS = 30_000;

class Judge {
  readonly #root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gatetape-mutants-'));
  readonly #planPath = join(this.#folder, 'plan');
  readonly #results = join(this.#folder, 'results');
  readonly #current = join(this.#folder, 'current');
  readonly #mutants: Mutant[] = [];
  /** Sources with planted mutants. */
  readonly #texts = new Map<string, string>();
  readonly #byTest: Record<string, number[]> = {};
  readonly #deadly: number[] = [];
  readonly #watch = setInterval(() => {
    this.#endStuck();
  }, 1_000);

  constructor(root: string, subjects: readonly Subject[]) {
    this.#root = root;
    for (const { source, text, test, chosen } of subjects) {
      const own = (this.#byTest[join(root, test)] ??= []);
      let place = 0;
      const planted = plantMutants(text, source, (mutant) => {
        if (!chosen.has(place++)) return null;
        own.push(this.#mutants.length);
        return this.#mutants.push(mutant) - 1;
      });
      this.#texts.set(join(root, source), planted);
    }
    process.env['GATETAPE_MUTATION_PLAN'] = this.#planPath;
  }

  end(): void {
    clearInterval(this.#watch);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async judgeAll(): Promise<ReadonlyMap<Mutant, Outcome>> {
    const vitest = await this.#startVitest();
    try {
      const outcomes = await this.#judgeTogether(vitest);
      for (const [test, numbers] of Object.entries(this.#byTest)) {
        const undecided = numbers.filter((number) => outcomes.get(number) === 'undecided');
        await this.#judgeAlone(vitest, test, undecided, outcomes);
      }
      return new Map(
        this.#mutants.map((mutant, number) => {
          const outcome = outcomes.get(number) ?? 'undecided';
          return [mutant, outcome === 'undecided' ? null : outcome];
        }),
      );
    } finally {
      await vitest.close();
    }
  }

  async #startVitest(): Promise<Vitest> {
    const tests = Object.keys(this.#byTest);
    const vitest = await createVitest(
      'test',
      {
        config: false,
        root: this.#root,
        include: tests,
        runner: join(this.#root, 'test/mutation/runner.ts'),
        watch: false,
        // One process for all tests of a run, and another one for the next run.
        isolate: false,
        pool: 'forks',
        maxWorkers: 1,
        fileParallelism: false,
        testTimeout: 3_600_000,
        reporters: [{}],
      },
      {
        plugins: [
          {
            name: 'mutants',
            enforce: 'pre',
            transform: (_, id) => this.#texts.get(id.split('?')[0] ?? '') ?? null,
          },
        ],
      },
    );
    await vitest.standalone();
    return vitest;
  }

  /** Judges all in one process, which switches one after the other on. */
  async #judgeTogether(vitest: Vitest): Promise<Map<number, MutationResult['outcome']>> {
    for (;;) {
      const results = await this.#run(vitest, Object.keys(this.#byTest), null);
      const last = this.#readCurrent();
      if (last === null) {
        for (const { name, result } of vitest.state.getFiles())
          for (const { message } of result?.errors ?? []) console.log(`  ${name}: ${message}`);
        const failed = vitest.state.getCountOfFailedTests();
        if (failed > 0) console.log(`${failed} tests fail without any mutant: what they reach is not judged`);
        return results;
      }
      // Its process has ended: all are judged again without it.
      this.#deadly.push(last.mutant);
    }
  }

  /** Judges each in a process of its own. */
  async #judgeAlone(
    vitest: Vitest,
    test: string,
    numbers: readonly number[],
    outcomes: Map<number, MutationResult['outcome']>,
  ): Promise<void> {
    if (numbers.length === 0) return;
    const none = await this.#run(vitest, [test], -1);
    if (none.get(-1) !== 'survived') {
      console.log(`  ${test}: fails in a process of its own without any mutant`);
      return;
    }
    for (const number of numbers) {
      const results = await this.#run(vitest, [test], number);
      // A process that has ended before has noticed it as well.
      outcomes.set(number, results.get(number) ?? 'killed');
    }
  }

  async #run(
    vitest: Vitest,
    tests: readonly string[],
    on: number | null,
  ): Promise<Map<number, MutationResult['outcome']>> {
    const plan: MutationPlan = {
      byTest: this.#byTest,
      on,
      mutantCount: this.#mutants.length,
      results: this.#results,
      current: this.#current,
      deadly: this.#deadly,
    };
    for (const path of [this.#results, this.#current]) writeFileSync(path, '');
    writeFileSync(this.#planPath, JSON.stringify(plan));
    const project = vitest.getRootProject();
    await vitest.runTestSpecifications(tests.map((test) => project.createSpecification(test)));
    const lines = readFileSync(this.#results, 'utf8').split('\n').slice(0, -1);
    return new Map(
      lines.map((line) => {
        const { mutant, outcome } = JSON.parse(line) as MutationResult;
        return [mutant, outcome];
      }),
    );
  }

  /** The mutant that is on, and its process. */
  #readCurrent(): { readonly pid: number; readonly mutant: number } | null {
    if (!existsSync(this.#current)) return null;
    const [pid, mutant] = readFileSync(this.#current, 'utf8').split(' ');
    return mutant === undefined ? null : { pid: Number(pid), mutant: Number(mutant) };
  }

  /** Ends the process in which one mutant is on for too long. */
  #endStuck(): void {
    const current = this.#readCurrent();
    if (current === null || Date.now() - statSync(this.#current).mtimeMs <= STUCK_MS) return;
    writeFileSync(this.#current, `0 ${current.mutant}`);
    process.kill(current.pid, 'SIGKILL');
  }
}
