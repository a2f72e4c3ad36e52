/** `doctor`: what it prints, and how it ends. */
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const argsFor = (db: string): string[] => [
  'doctor',
  '--db',
  db,
  '--listen',
  '127.0.0.1:0',
  '--ca-dir',
  dirname(db),
];

it('prints a line for each check, and ends with 0 where nothing fails', async () => {
  const { stdout, stderr, exitCode } = await runHere([...argsFor(scratchFile()), '--no-color']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout.trimEnd().split('\n')).toHaveLength(8);
  expect(stdout).toMatch(/^ok +node +Node \d+/);
});

it('ends with 1 for a failure, which it says in JSON too', async () => {
  const db = `${scratchFile('none')}/capture.sqlite`;
  const { stdout, exitCode } = await runHere([...argsFor(db), '--format', 'json']);
  const { isFit, checks } = JSON.parse(stdout) as {
    isFit: boolean;
    checks: { check: string; state: string }[];
  };
  expect({ exitCode, isFit }).toEqual({ exitCode: 1, isFit: false });
  expect(checks.filter(({ state }) => state === 'failure').map(({ check }) => check)).toEqual(['folder']);
});

it('runs without the native parts, and says which are missing', async () => {
  const hooks = scratchFile('hooks.mjs');
  writeFileSync(
    hooks,
    `import zlib from 'node:zlib';
     import { syncBuiltinESMExports } from 'node:module';
     const { createInflate } = zlib;
     const value = (options) => Object.assign(createInflate(options), { _handle: null });
     Object.defineProperty(zlib, 'createInflate', { value });
     syncBuiltinESMExports();
     process.dlopen = () => {
       throw Object.assign(new Error('built with NODE_MODULE_VERSION 108'), { code: 'ERR_DLOPEN_FAILED' });
     };`,
  );
  const { stdout, exitCode } = await gatetape([...argsFor(scratchFile()), '--no-color'], {
    env: { NODE_OPTIONS: `--import=${hooks}` },
  });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /^failure +better-sqlite3 .*another version of Node.*: npm rebuild better-sqlite3$/m,
  );
  expect(stdout).toMatch(/^warning +zlib .*2\.5 times.*: take a version of Node/m);
});
