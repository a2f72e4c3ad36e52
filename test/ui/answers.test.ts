/** The answers of the page's server: types that a browser's sources can import, each with its address in docs/page.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../src/ui/answers/', import.meta.url));
const files = readdirSync(folder);
const read = (name: string): string => readFileSync(folder + name, 'utf8');

describe('answers', () => {
  it.each(files)('%s holds types alone, and takes none from elsewhere', (name) => {
    const lines = read(name).split('\n');
    expect(lines.filter((line) => /^(?:export|import) (?!type |interface )/.test(line))).toEqual([]);
    // The model of a diagram is plain data, and pure as well.
    expect(lines.filter((line) => / from '(?!\.\/|\.\.\/\.\.\/flow\/diagram\.js)/.test(line))).toEqual([]);
  });

  it('are all exported together', () => {
    const barrel = readFileSync(folder.replace(/\/$/, '.ts'), 'utf8');
    const names = [...barrel.matchAll(/\.\/answers\/([\w-]+)\.js/g)].map(([, name]) => `${name!}.ts`);
    expect(names.sort()).toEqual([...files].sort());
  });

  it('have their addresses in docs/page.md', () => {
    const page = readFileSync(new URL('../../docs/page.md', import.meta.url), 'utf8');
    const answers = files
      .flatMap((name) => [...read(name).matchAll(/^export interface (\w+(?:Answer|Event)) /gm)])
      .map(([, name]) => name!)
      .filter((name) => name !== 'PageEvent');
    expect(answers.length).toBeGreaterThan(12);
    expect(answers.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
