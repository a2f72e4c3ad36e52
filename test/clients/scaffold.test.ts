/**
 * Scaffolds run as a stranger would: written by the command into an empty project with the package as published, and
 * passed by vitest as they are, each with the real library.
 */
import { afterAll, expect, it } from 'vitest';
import { SCAFFOLD_LIBRARIES } from '../../src/library/scaffold.js';
import { runHere } from '../support/command-line.js';
import { storePlaybook } from '../support/lint-playbook.js';
import { PackedProject } from '../support/packed-project.js';
import { scratchFile } from '../support/scratch.js';
import { whyNot } from './libraries.js';

const project = new PackedProject();
afterAll(() => project[Symbol.dispose]());

/** Packages that each needs from this folder; the others are the repository's own. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  eris: ['eris'],
  'oceanic.js': ['oceanic.js'],
  seyfert: ['seyfert'],
  '@discordjs/ws': ['@discordjs/ws', '@discordjs/rest'],
};

const libraries = SCAFFOLD_LIBRARIES.filter((library) => {
  const reason = whyNot(NEEDS[library] ?? []);
  if (reason !== null) console.log(`skipped: the scaffold for ${library}, because ${reason}`);
  return reason === null;
});

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly title: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A session with a reconnect, and names that want to be code. */
const HOSTILE = [
  '0 open',
  '0.1 < hello 41250',
  `0.2 > identify ${JSON.stringify({ properties: { os: '*/ throw 1; /*', browser: '${process.exit(1)}', device: "'`\n" } })}`,
  `0.5 < ready ${JSON.stringify({ user: { id: '1', username: '`${process.exit(1)}`', bot: true } })}`,
  '1 < message_create 2 {"content":"*/ process.exit(1) //"}',
  '2 < typing_start 3',
];

it('every scaffold passes as it is', { timeout: 240_000 }, async () => {
  const db = scratchFile();
  expect(await runHere(['import', 'tapes/demo.tape.ndjson', '--db', db])).toMatchObject({ exitCode: 0 });
  for (const library of libraries) {
    for (const name of NEEDS[library] ?? []) project.link(name, 'test/clients');
    const args = ['--db', db, '--library', library, '--output', `${project.folder}/test/${library}`];
    expect(await runHere(['scaffold', '--session', 'latest', ...args])).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  }
  const args = ['--db', storePlaybook(HOSTILE), '--output', `${project.folder}/test/hostile`];
  expect(await runHere(['scaffold', ...args])).toMatchObject({ exitCode: 0 });
  project.write(
    'vitest.config.ts',
    "export default { test: { reporters: ['json'], outputFile: 'report.json' } };\n",
  );
  try {
    project.run('node_modules/vitest/vitest.mjs', 'run');
  } catch {
    // The report says what failed.
  }
  const { testResults } = JSON.parse(project.read('report.json')) as Report;
  const results = testResults.flatMap(({ name, message, assertionResults }) =>
    assertionResults.length === 0
      ? [[name, message]]
      : assertionResults.map((result) => [result.status, ...result.failureMessages]),
  );
  expect(results).toEqual(Array.from({ length: libraries.length + 1 }, () => ['passed']));
});
