/** Scores of mutation: what they leave open, and the table. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Explained, formatStale } from '../support/explained.js';
import { formatChange, type Mutant } from './mutants.js';

/** Which mutants of a source are judged. */
export interface Sampling {
  readonly sample: number;
  readonly seed: number;
}

/** A mutant that no test notices. */
export interface Survivor {
  readonly line: number;
  /** That line, without its indent. */
  readonly text: string;
  readonly change: string;
}

/** Score of one source. */
export interface FileScore extends Sampling {
  /** Of the source, its test and the sample. */
  readonly fingerprint: string;
  readonly mutants: number;
  readonly killed: number;
  readonly survived: readonly Survivor[];
  readonly unreached: readonly Survivor[];
}

export type Scores = Readonly<Record<string, FileScore>>;

/** Why a mutant changes nothing that can be seen. */
export interface ExplainedMutant extends Explained {
  readonly change: string;
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function readScores(): Record<string, FileScore> {
  const path = at('scores.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, FileScore>) : {};
}

/** Writes scores.json and RESULTS.md. */
export function writeScores(scores: Scores, explained: readonly ExplainedMutant[]): void {
  const sorted = Object.fromEntries(Object.entries(scores).sort(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(at('scores.json'), `${JSON.stringify(sorted, null, 1)}\n`);
  writeFileSync(at('RESULTS.md'), formatTable(sorted, explained));
}

/** The reason for a survivor, if there is one. */
export function findReason(
  explained: readonly ExplainedMutant[],
  source: string,
  { text, change }: Survivor,
): string | undefined {
  return explained.find((one) => one.source === source && one.text === text && one.change === change)?.why;
}

/**
 * Lines about reasons of a source that are about nothing. Whether a mutant is killed is known of the judged ones only.
 */
export function findStale(
  explained: readonly ExplainedMutant[],
  all: readonly Mutant[],
  judged: ReadonlySet<Mutant>,
  left: readonly Survivor[],
): readonly string[] {
  return explained.flatMap((one) => {
    const { text, change } = one;
    const meant = all.filter((mutant) => mutant.text === text && formatChange(mutant) === change);
    if (meant.length === 0) return [formatStale(one, `${change}: there is no such mutant`)];
    const isLeft = left.some((survivor) => survivor.text === text && survivor.change === change);
    if (isLeft || !meant.every((mutant) => judged.has(mutant))) return [];
    return [formatStale(one, `${change}: it is killed`)];
  });
}

function formatTable(scores: Scores, explained: readonly ExplainedMutant[]): string {
  const rows = Object.entries(scores);
  const explainedIn = (source: string, { survived, unreached }: FileScore): number =>
    [...survived, ...unreached].filter((one) => findReason(explained, source, one) !== undefined).length;
  const sum = (count: (source: string, score: FileScore) => number): number =>
    rows.reduce((all, [source, score]) => all + count(source, score), 0);
  const judged = sum((_, { mutants }) => mutants);
  const killed = sum((_, score) => score.killed);
  const lines = [
    '# Mutation scores',
    '',
    'Written by `npm run mutate`. Of each source a seeded sample of mutants (operators, conditions, literals, calls left out) is',
    'judged by the test of that source alone. A mutant that no test notices survives, because an assertion is missing or because it',
    'changes nothing that can be seen; `explained.json` has the reasons. A sample of 16 is in one of 32 with the same seed.',
    '',
    `${killed} of ${judged} mutants killed (${((100 * killed) / Math.max(1, judged)).toFixed(1)} %), ${sum(explainedIn)} explained.`,
    '',
    '<!-- prettier-ignore -->',
    '| source | sample, seed | mutants | killed | survived | not reached | explained |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows.map(([source, score]) => {
      const { sample, seed, mutants, killed: dead, survived, unreached } = score;
      const counts = [mutants, dead, survived.length, unreached.length, explainedIn(source, score)];
      return `| \`${source}\` | ${sample}, ${seed} | ${counts.join(' | ')} |`;
    }),
    '',
    '## What survived',
    '',
    ...rows.flatMap(([source, { survived, unreached }]) => {
      const list = (survivors: readonly Survivor[], mark: string): string[] =>
        survivors.map((one) => {
          const code = `${one.line}: ${one.change}`.replaceAll('`', "'");
          return `- \`${code}\`${mark}: ${findReason(explained, source, one) ?? 'NO REASON'}`;
        });
      const items = [...list(survived, ''), ...list(unreached, ' (not reached)')];
      return items.length === 0 ? [] : [`\`${source}\``, '', ...items, ''];
    }),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
