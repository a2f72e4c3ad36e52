/**
 * `npm run mutate -- --files GLOB [--sample N] [--seed S] [--again]`: judges up to N mutants of each source by the tests of that
 * source alone, and writes RESULTS.md. A source whose text and test are as they were is not judged again, so that a
 * run that was stopped goes on.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { compileGlob } from '../../src/filter/glob.js';
import { Random } from '../sim/random.js';
import { readCount, readFlags } from '../support/flags.js';
import { TESTED_ELSEWHERE } from '../support/tested-elsewhere.js';
import { type Mutant, plantMutants } from './mutants.js';
import type { MutationPlan, MutationResult } from './runner.js';
import { type FileScore, writeScores } from './scores.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCORES = fileURLToPath(new URL('scores.json', import.meta.url));
/** Sources of one process of Vitest; scores are written after each. */
const SOURCES_AT_ONCE = 4;

/** Which mutants of a source are judged. */
interface Sampling {
  readonly sample: number;
  readonly seed: number;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function testOf(source: string): string | null {
  const name = source.slice('src/'.length);
  const path = `test/${TESTED_ELSEWHERE[name] ?? name.replace(/\.ts$/, '.test.ts')}`;
  // Tests of growth take seconds each, and notice time only.
  return existsSync(join(ROOT, path)) && !path.endsWith('growth.test.ts') ? path : null;
}

/** Changes with anything that may change the score. */
function fingerprint(source: string, test: string, { sample, seed }: Sampling): string {
  const text = [read(source), read(test), sample, seed].join('\0');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** A sample of the mutants of a source, always the same one. */
function drawMutants(source: string, { sample, seed }: Sampling): Mutant[] {
  const all: Mutant[] = [];
  plantMutants(read(source), source, (mutant) => {
    all.push(mutant);
    return null;
  });
  const random = new Random(seed + all.length);
  while (all.length > sample) all.splice(random.below(all.length), 1);
  return all;
}

const keyOf = ({ line, original, replacement }: Mutant): string => [line, original, replacement].join('\0');

/** Sources with planted mutants, and what judges them. */
function plan(
  sources: readonly string[],
  sampling: Sampling,
  deadly: readonly number[],
  folder: string,
): { mutants: Mutant[]; texts: Map<string, string> } {
  const mutants: Mutant[] = [];
  const texts = new Map<string, string>();
  const byTest: Record<string, number[]> = {};
  for (const source of sources) {
    const chosen = new Set(drawMutants(source, sampling).map(keyOf));
    const text = plantMutants(read(source), source, (mutant) => {
      // Two mutants of one line may look alike; the first one is taken.
      if (!chosen.delete(keyOf(mutant))) return null;
      const test = join(ROOT, testOf(source) ?? '');
      (byTest[test] ??= []).push(mutants.length);
      return mutants.push(mutant) - 1;
    });
    texts.set(join(ROOT, source), text);
  }
  const results = join(folder, 'results');
  const current = join(folder, 'current');
  for (const path of [results, current]) writeFileSync(path, '');
  const written: MutationPlan = { byTest, mutantCount: mutants.length, results, current, deadly };
  writeFileSync(join(folder, 'plan'), JSON.stringify(written));
  return { mutants, texts };
}

/** A mutant is on for so long at most. */
const STUCK_MS = 30_000;

/** Ends the process in which one mutant is on for too long. */
function endStuck(current: string): NodeJS.Timeout {
  const watch = setInterval(() => {
    const [pid, mutant] = readFileSync(current, 'utf8').split(' ');
    if (mutant === undefined || Date.now() - statSync(current).mtimeMs <= STUCK_MS) return;
    clearInterval(watch);
    process.kill(Number(pid), 'SIGKILL');
  }, 1_000);
  return watch;
}

async function judge(
  sources: readonly string[],
  sampling: Sampling,
  deadly: readonly number[] = [],
): Promise<Map<string, MutationResult['outcome'] | null>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-mutants-'));
  try {
    const { mutants, texts } = plan(sources, sampling, deadly, folder);
    process.env['GATETAPE_MUTATION_PLAN'] = join(folder, 'plan');
    const watch = endStuck(join(folder, 'current'));
    const tests = [...new Set(sources.flatMap((source) => testOf(source) ?? []))];
    const vitest = await startVitest(
      'test',
      tests,
      {
        config: false,
        root: ROOT,
        include: tests,
        runner: join(ROOT, 'test/mutation/runner.ts'),
        watch: false,
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
            transform: (_, id) => texts.get(id.split('?')[0] ?? '') ?? null,
          },
        ],
      },
    );
    const failed = vitest.state.getCountOfFailedTests();
    if (failed > 0) console.log(`${failed} tests fail without any mutant: what they reach is not judged`);
    for (const file of vitest.state.getFiles())
      for (const { message } of file.result?.errors ?? []) console.log(`  ${file.name}: ${message}`);
    await vitest.close();
    clearInterval(watch);
    const [, last] = readFileSync(join(folder, 'current'), 'utf8').split(' ');
    // Its process has ended: all are judged again without it.
    if (last !== undefined) return await judge(sources, sampling, [...deadly, Number(last)]);
    const outcomes = new Map<number, MutationResult['outcome']>();
    for (const line of readFileSync(join(folder, 'results'), 'utf8')
      .split('\n')
      .filter((one) => one !== '')) {
      const { mutant, outcome } = JSON.parse(line) as MutationResult;
      outcomes.set(mutant, outcome);
    }
    return sources.map(
      (source) =>
        new Map(
          mutants.flatMap((mutant, number) =>
            mutant.file === source ? [[JSON.stringify(mutant), outcomes.get(number) ?? null] as const] : [],
          ),
        ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const values = readFlags('mutate', args, {
    files: { type: 'string', multiple: true, default: ['src/wire/*', 'src/gateway/redact/*'] },
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
  });
  const sampling = {
    sample: readCount('mutate', '--sample', values.sample),
    seed: readCount('mutate', '--seed', values.seed),
  };
  const globs = values.files.map((glob) => compileGlob(glob));
  const scores = readScores();
  const due = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((name) => name.endsWith('.ts') && globs.some((matches) => matches(name)))
    .sort()
    .filter((source) => {
      const test = testOf(source);
      if (test === null) return false;
      return values.again || scores[source]?.fingerprint !== fingerprint(source, test, sampling);
    });
  console.log(`${due.length} sources to judge`);
  for (let start = 0; start < due.length; start += SOURCES_AT_ONCE) {
    const sources = due.slice(start, start + SOURCES_AT_ONCE);
    const judged = await judge(sources, sampling);
    for (const [at, source] of sources.entries()) {
      const score = countOutcomes(source, judged[at] ?? new Map(), sampling);
      if (score !== null) scores[source] = score;
    }
    writeFileSync(SCORES, `${JSON.stringify(scores, null, 1)}\n`);
    writeScores(scores);
  }
  return 0;
}

function readScores(): Record<string, FileScore> {
  return existsSync(SCORES) ? (JSON.parse(readFileSync(SCORES, 'utf8')) as Record<string, FileScore>) : {};
}

/** Score of a source, which is printed; null if it could not be judged. */
function countOutcomes(
  source: string,
  judged: ReadonlyMap<string, MutationResult['outcome'] | null>,
  sampling: Sampling,
): FileScore | null {
  const outcomes = [...judged].map(([mutant, outcome]) => ({
    mutant: JSON.parse(mutant) as Mutant,
    outcome,
  }));
  // The test that judges it has ended the process, or could not be loaded.
  if (outcomes.some(({ outcome }) => outcome === null)) {
    console.log(`${source}: could not be judged`);
    return null;
  }
  const list = (wanted: MutationResult['outcome']): string[] =>
    outcomes
      .filter(({ outcome }) => outcome === wanted)
      .map(
        ({ mutant: { line, original, replacement } }) =>
          `${line}: ${original} → ${replacement || 'left out'}`,
      );
  const score: FileScore = {
    fingerprint: fingerprint(source, testOf(source) ?? '', sampling),
    mutants: outcomes.length,
    killed: list('killed').length,
    atLoad: list('static').length,
    slow: list('slow').length,
    survived: list('survived'),
    unreached: list('unreached'),
  };
  const left = [...score.survived, ...score.unreached.map((one) => `${one} (unreached)`)];
  const judgedCount = score.mutants - score.atLoad - score.slow;
  console.log([`${source}: ${score.killed} of ${judgedCount} killed`, ...left].join('\n  '));
  return score;
}
