/**
 * `npm run coverage`: runs the tests of the pure folders, and the fuzzer's kept inputs, and prints how many of the branches
 * of each folder they take, and which they do not. Ends with 1 if explained.json has no reason for one of these, or has one
 * for a line that is not there any more.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { type Explained, formatFound, formatStale, readExplained } from '../support/explained.js';
import { readFlags } from '../support/flags.js';
import { type FileCoverage, NEVER_FALSE, readBranches } from './branches.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['wire', 'gateway', 'capture', 'replay'];

/** Runs the tests, which write the coverage of each source into `folder`; returns whether they passed. */
async function runTests(folder: string): Promise<boolean> {
  const vitest = await startVitest(
    'test',
    // Inputs that the fuzzer kept are among the tests of the parsers.
    [...FOLDERS, 'fuzz'].map((name) => `test/${name}/`),
    {
      root: ROOT,
      project: ['shared', 'apart'],
      watch: false,
      reporters: ['dot'],
      coverage: {
        enabled: true,
        provider: 'v8',
        include: FOLDERS.map((name) => `src/${name}/**`),
        reporter: ['json'],
        reportsDirectory: folder,
      },
    },
  );
  const isPassed = vitest.state.getCountOfFailedTests() === 0 && process.exitCode !== 1;
  await vitest.close();
  return isPassed;
}

/** Runs the command; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  readFlags('coverage', args, {});
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-coverage-'));
  try {
    if (!(await runTests(folder))) return 1;
    const text = readFileSync(join(folder, 'coverage-final.json'), 'utf8');
    return printBranches(JSON.parse(text) as Record<string, FileCoverage>);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printBranches(coverage: Readonly<Record<string, FileCoverage>>): number {
  const files = Object.entries(coverage)
    .map(([path, file]) => ({
      name: relative(ROOT, path),
      ...readBranches(readFileSync(path, 'utf8'), file),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const explained = readExplained(import.meta.url);
  let isExplained = true;
  for (const { name, missed } of files) {
    for (const { line, text } of missed) {
      const why = explained.find((one) => one.source === name && one.text === text)?.why;
      console.log(formatFound(`${name}:${line}`, `not taken: ${text}`, why));
      isExplained &&= why !== undefined;
    }
  }
  for (const one of explained) {
    if (hasLine(one)) continue;
    console.log(formatStale(one, 'there is no such line'));
    isExplained = false;
  }
  for (const folder of FOLDERS) {
    const own = files.filter(({ name }) => name.startsWith(`src/${folder}/`));
    const count = own.reduce((sum, file) => sum + file.count, 0);
    const missed = own.reduce((sum, file) => sum + file.missed.length, 0);
    const percent = ((100 * (count - missed)) / count).toFixed(1);
    console.log(`src/${folder}: ${count - missed} of ${count} branches taken (${percent} %)`);
  }
  return isExplained ? 0 : 1;
}

/** A branch is not asked whether it is taken now, as some are by chance. */
function hasLine({ source, text }: Explained): boolean {
  const path = join(ROOT, source);
  if (!existsSync(path)) return false;
  const line = text.replace(NEVER_FALSE, '');
  return readFileSync(path, 'utf8')
    .split('\n')
    .some((one) => one.trim() === line);
}
