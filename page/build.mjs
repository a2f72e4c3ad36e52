/**
 * Builds the page into dist/page, unless it is there already, made of the same sources.
 *
 * What it was made of is kept beside it: each file with its hash. A build takes about a second, and looking a tenth of it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const page = fileURLToPath(new URL('.', import.meta.url));
const root = dirname(page);
const record = join(root, 'dist/page/.sources.json');

/** Files of the page, and the lockfile, which names the versions of all that is bundled. */
function listSources() {
  const own = readdirSync(page, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return [...own, join(root, 'package-lock.json')];
}

function hashFiles(paths) {
  const hash = (path) =>
    existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
  return Object.fromEntries(paths.map((path) => [relative(root, path), hash(path)]).sort());
}

/** Whether the page that is there was made of what is there now. */
function isBuilt() {
  if (!existsSync(record) || !existsSync(join(root, 'dist/page/index.html'))) return false;
  try {
    const known = JSON.parse(readFileSync(record, 'utf8'));
    const others = Object.keys(known).map((name) => join(root, name));
    const now = hashFiles([...new Set([...listSources(), ...others])]);
    return JSON.stringify(now) === JSON.stringify(known);
  } catch {
    return false; // Half written, by a build that was stopped.
  }
}

if (!isBuilt()) {
  // Vite takes what is set, and a test sets another word, with which the page is a third larger.
  env['NODE_ENV'] = 'production';
  const { build } = await import('vite');
  const { output } = await build({ configFile: join(page, 'vite.config.ts'), logLevel: 'warn' });
  const bundled = output
    .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
    .filter((path) => path.startsWith(join(root, 'src')));
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify(hashFiles([...new Set([...listSources(), ...bundled])])));
}
