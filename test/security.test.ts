/** SECURITY.md names tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('every row of SECURITY.md names a test that exists', () => {
  const rows = readFileSync(`${root}/SECURITY.md`, 'utf8')
    .split('## What is promised\n')[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const [, test] = /`(test\/[\w/-]+\.test\.ts)`/.exec(row) ?? [];
    expect(test, row).toBeDefined();
    expect(existsSync(`${root}/${test}`), test).toBe(true);
  }
});
