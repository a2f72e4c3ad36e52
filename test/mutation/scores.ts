/** Scores of mutation as a table, with what survived. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Score of one source. */
export interface FileScore {
  /** Of the source, its test and the sample. */
  readonly fingerprint: string;
  readonly mutants: number;
  readonly killed: number;
  /** Of code that runs when the module is loaded; not judged. */
  readonly atLoad: number;
  /** Reached by tests alone that take too long to be repeated; not judged. */
  readonly slow: number;
  readonly survived: readonly string[];
  readonly unreached: readonly string[];
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Reasons why a mutant changes nothing that can be seen, by source and mutant without its line. */
function readReasons(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(at('equivalent.json'), 'utf8')) as Record<string, string>;
}

/** Writes RESULTS.md. */
export function writeScores(scores: Readonly<Record<string, FileScore>>): void {
  const reasons = readReasons();
  const rows = Object.entries(scores).sort(([one], [other]) => (one < other ? -1 : 1));
  const sum = (read: (score: FileScore) => number): number =>
    rows.reduce((all, [, score]) => all + read(score), 0);
  const judged = sum(({ mutants, atLoad, slow }) => mutants - atLoad - slow);
  const killed = sum((score) => score.killed);
  const lines = [
    '# Mutation scores',
    '',
    'Written by `npm run mutate`. Of each source a seeded sample of mutants (operators, conditions, literals, calls left out) is',
    'judged by the test of that source alone. A mutant that no test notices survives, because an assertion is missing or because it',
    'changes nothing that can be seen; where the reason is known it is given. Mutants of code that runs when a module is',
    'loaded, or that only slow tests reach, are not judged.',
    '',
    `${killed} of ${judged} mutants killed (${((100 * killed) / Math.max(1, judged)).toFixed(1)} %).`,
    '',
    '<!-- prettier-ignore -->',
    '| source | mutants | killed | survived | not reached | not judged |',
    '| --- | --: | --: | --: | --: | --: |',
    ...rows.map(
      ([source, { mutants, killed: dead, survived, unreached, atLoad, slow }]) =>
        `| \`${source}\` | ${mutants} | ${dead} | ${survived.length} | ${unreached.length} | ${atLoad + slow} |`,
    ),
    '',
    '## What survived',
    '',
    ...rows.flatMap(([source, { survived, unreached }]) => {
      const all = [...survived, ...unreached.map((one) => `${one} (not reached)`)];
      if (all.length === 0) return [];
      return [
        `\`${source}\``,
        '',
        ...all.map((one) => {
          const reason = reasons[`${source} ${one.replace(/^\d+: /, '').replace(/ \(not reached\)$/, '')}`];
          return `- \`${one.replaceAll('`', "'")}\`${reason === undefined ? '' : `: ${reason}`}`;
        }),
        '',
      ];
    }),
  ];
  writeFileSync(at('RESULTS.md'), `${lines.join('\n').trimEnd()}\n`);
}
