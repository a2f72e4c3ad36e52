/** What gatetape says of itself: README.md, and behind it the pages of docs/. */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Text of README.md. */
export const README = read('README.md');

/** Text of README.md and of every page of docs/, in the order of their names. */
export const DOCUMENTATION = [
  README,
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => read(`docs/${name}`)),
].join('\n');
