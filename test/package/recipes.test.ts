/** The recipes of README.md and docs/, each in a file of its own, run in an empty project with the package as published. */
import { afterAll, expect, it } from 'vitest';
import { DOCUMENTATION } from '../support/documentation.js';
import { PackedProject } from '../support/packed-project.js';

/** Code blocks that begin with the name of a file. */
const recipes = [...DOCUMENTATION.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(
  ([, file, code]) => ({
    file: file!,
    code: code!,
  }),
);

const project = new PackedProject();
afterAll(() => project[Symbol.dispose]());

it('the recipes of the documentation are all here, and run', () => {
  expect(recipes.map(({ file }) => file)).toEqual([
    'test/ping.test.ts',
    'test/slash.test.ts',
    'test/reconnect.test.ts',
    'test/transports.test.ts',
    'record.ts',
  ]);
  project.copy('tapes', 'fixtures');
  for (const { file, code } of recipes) project.write(file, code);
  // Not TypeScript for Node 20 to run: a test that does what the recipe says.
  project.write(
    'test/record.test.ts',
    "import { test } from 'vitest';\ntest('records', () => import('../record.js'));\n",
  );
  project.write(
    'vitest.config.ts',
    "export default { test: { reporters: ['json'], outputFile: 'report.json', testTimeout: 60_000, isolate: false } };\n",
  );
  try {
    project.run('node_modules/vitest/vitest.mjs', 'run');
  } catch {
    // The report says what failed.
  }
  const { testResults } = JSON.parse(project.read('report.json')) as Report;
  const results = testResults.flatMap(({ message, assertionResults }) => [
    ...assertionResults,
    ...(message ? [{ status: 'failed', title: 'the file', failureMessages: [message] }] : []),
  ]);
  const failed = results.filter(({ status }) => status !== 'passed');
  expect(failed.map(({ title, failureMessages }) => [title, ...failureMessages])).toEqual([]);
  expect(results.length).toBe(8);
});

it('the recipe for node:test runs without vitest', () => {
  const [, file, code] = /^```js\n\/\/ (\S+\.mjs)\n([\s\S]*?)^```$/m.exec(DOCUMENTATION)!;
  project.copy('tapes', 'fixtures');
  project.write(file!, code!);
  const vitest = project.without('vitest');
  try {
    expect(project.run(file!)).toMatch(/^(?:#|ℹ) pass 1$/m);
  } finally {
    vitest[Symbol.dispose]();
  }
});

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly title: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}
