/**
 * `npm run mutate -- --files GLOB [--sample N] [--seed S] [--again] [--line N]`: judges up to N mutants of each source by the
 * tests of that source alone, and writes its rows of RESULTS.md. A source whose text and test are as they were is not judged
 * again, so that a run that was stopped goes on. Ends with 1 if a mutant of these sources is left and explained.json has no
 * reason for it, or has one for a mutant that is killed or not there any more.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileGlob } from '../../src/filter/glob.js';
import { Random } from '../sim/random.js';
import { formatFound, formatStale, readExplained } from '../support/explained.js';
import { readCount, readFlags } from '../support/flags.js';
import { TESTED_ELSEWHERE } from '../support/tested-elsewhere.js';
import { judgeMutants, type Outcome } from './judge.js';
import { formatChange, type Mutant, plantMutants } from './mutants.js';
import {
  type ExplainedMutant,
  type FileScore,
  findReason,
  findStale,
  readScores,
  type Sampling,
  type Survivor,
  writeScores,
} from './scores.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Sources of one process of Vitest; scores are written after each. */
const SOURCES_AT_ONCE = 4;
/** Of a source without a row. */
const DEFAULT_SAMPLING: Sampling = { sample: 16, seed: 1 };

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** A source, its mutants, and those of the sample. */
interface Drawn extends Sampling {
  readonly source: string;
  readonly test: string;
  readonly text: string;
  readonly all: readonly Mutant[];
  /** Places in `all`. */
  readonly chosen: ReadonlySet<number>;
}

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const values = readFlags('mutate', args, {
    files: { type: 'string', multiple: true, default: ['src/wire/*', 'src/gateway/*', 'src/capture/*'] },
    sample: { type: 'string' },
    seed: { type: 'string' },
    again: { type: 'boolean', default: false },
    line: { type: 'string' },
  });
  const { sample, seed, line } = values;
  const wanted: Partial<Sampling> = {
    ...(sample === undefined ? {} : { sample: readCount('mutate', '--sample', sample) }),
    ...(seed === undefined ? {} : { seed: readCount('mutate', '--seed', seed) }),
  };
  const sources = findSources(values.files);
  if (line !== undefined) return await judgeLine(sources, readCount('mutate', '--line', line));
  const scores = readScores();
  const explained = readExplained(import.meta.url) as readonly ExplainedMutant[];
  const drawn = sources.map((source) => {
    const { sample, seed } = scores[source] ?? DEFAULT_SAMPLING;
    return drawMutants(source, { sample, seed, ...wanted });
  });
  const due = drawn.filter(
    (one) => values.again || scores[one.source]?.fingerprint !== computeFingerprint(one),
  );
  console.log(`${due.length} of ${drawn.length} sources to judge`);
  let isDone = true;
  for (let start = 0; start < due.length; start += SOURCES_AT_ONCE) {
    const judged = due.slice(start, start + SOURCES_AT_ONCE);
    const outcomes = [...(await judgeMutants(ROOT, judged))];
    for (const one of judged) {
      const score = countOutcomes(one, outcomes);
      if (score === null) isDone = false;
      else scores[one.source] = score;
    }
    writeScores(scores, explained);
  }
  writeScores(scores, explained);
  for (const one of drawn) isDone = printLeft(one, scores[one.source], explained) && isDone;
  return printGone(explained) && isDone ? 0 : 1;
}

/** Sources that match one of the patterns and have a test of their own. */
function findSources(globs: readonly string[]): readonly string[] {
  const matchers = globs.map((glob) => compileGlob(glob));
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((name) => name.endsWith('.ts') && matchers.some((matches) => matches(name)))
    .filter((source) => findTest(source) !== null)
    .sort();
}

function findTest(source: string): string | null {
  const name = source.slice('src/'.length);
  const path = `test/${TESTED_ELSEWHERE[name] ?? name.replace(/\.ts$/, '.test.ts')}`;
  // Tests of growth take seconds each, and notice time only.
  return existsSync(join(ROOT, path)) && !path.endsWith('growth.test.ts') ? path : null;
}

function plant(source: string): Omit<Drawn, 'chosen' | keyof Sampling> {
  const text = read(source);
  const all: Mutant[] = [];
  plantMutants(text, source, (mutant) => {
    all.push(mutant);
    return null;
  });
  return { source, test: findTest(source) ?? '', text, all };
}

/** A sample of the mutants of a source, always the same one. */
function drawMutants(source: string, sampling: Sampling): Drawn {
  const planted = plant(source);
  const places = [...planted.all.keys()];
  const random = new Random(sampling.seed + places.length);
  while (places.length > sampling.sample) places.splice(random.below(places.length), 1);
  return { ...planted, ...sampling, chosen: new Set(places) };
}

/** Changes with anything that may change the score. */
function computeFingerprint({ text, test, sample, seed }: Drawn): string {
  const all = [text, read(test), sample, seed].join('\0');
  return createHash('sha256').update(all).digest('hex').slice(0, 12);
}

type Outcomes = readonly (readonly [Mutant, Outcome])[];

const listSurvivors = (outcomes: Outcomes, wanted: Outcome): readonly Survivor[] =>
  outcomes
    .filter(([, outcome]) => outcome === wanted)
    .map(([mutant]) => ({ line: mutant.line, text: mutant.text, change: formatChange(mutant) }));

/** Score of a source, which is printed; null if it could not be judged. */
function countOutcomes(drawn: Drawn, outcomes: Outcomes): FileScore | null {
  const { source, sample, seed } = drawn;
  const own = outcomes.filter(([{ file }]) => file === source);
  // The test that judges it has ended the process, could not be loaded, or fails.
  if (own.some(([, outcome]) => outcome === null)) {
    console.log(`${source}: could not be judged`);
    return null;
  }
  const killed = own.filter(([, outcome]) => outcome === 'killed').length;
  console.log(`${source}: ${killed} of ${own.length} killed`);
  return {
    fingerprint: computeFingerprint(drawn),
    sample,
    seed,
    mutants: own.length,
    killed,
    survived: listSurvivors(own, 'survived'),
    unreached: listSurvivors(own, 'unreached'),
  };
}

/** Prints what a source leaves, and the reasons; returns whether there is a reason for each, and each is about something. */
function printLeft(
  { source, all, chosen }: Drawn,
  score: FileScore | undefined,
  explained: readonly ExplainedMutant[],
): boolean {
  if (score === undefined) return false;
  const { survived, unreached } = score;
  const left = [
    ...survived.map((survivor) => [survivor, 'survived'] as const),
    ...unreached.map((survivor) => [survivor, 'not reached'] as const),
  ];
  let isExplained = true;
  for (const [survivor, what] of left) {
    const { line, change } = survivor;
    const why = findReason(explained, source, survivor);
    console.log(formatFound(`${source}:${line}`, `${what}: ${change}`, why));
    if (why !== undefined) continue;
    console.log(`  npm run mutate -- --files ${source} --line ${line}`);
    isExplained = false;
  }
  const own = explained.filter((one) => one.source === source);
  const judged = new Set(all.filter((_, place) => chosen.has(place)));
  const stale = findStale(own, all, judged, [...survived, ...unreached]);
  for (const line of stale) console.log(line);
  return isExplained && stale.length === 0;
}

/** Prints reasons about sources that are not there any more; returns whether there are none. */
function printGone(explained: readonly ExplainedMutant[]): boolean {
  const gone = explained.filter(({ source }) => !existsSync(join(ROOT, source)));
  for (const one of gone) console.log(formatStale(one, 'there is no such source'));
  return gone.length === 0;
}

/** Judges all mutants of a line, and prints the outcomes; the table stays as it is. */
async function judgeLine(sources: readonly string[], line: number): Promise<number> {
  const subjects = sources.map((source) => {
    const planted = plant(source);
    const places = [...planted.all.keys()].filter((place) => planted.all[place]?.line === line);
    return { ...planted, chosen: new Set(places) };
  });
  const outcomes = [...(await judgeMutants(ROOT, subjects))];
  for (const [mutant, outcome] of outcomes)
    console.log(`${mutant.file}:${line}: ${outcome ?? 'not judged'}: ${formatChange(mutant)}`);
  return outcomes.every(([, outcome]) => outcome === 'killed') ? 0 : 1;
}
