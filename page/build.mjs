/**
 * Builds the page into dist/page, unless it was already built from the same sources.
 *
 * The hashes of its sources are kept beside it. A build takes about a second, the comparison a tenth of that.
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

/** Whether the built page is up to date. */
function isBuilt() {
  if (!existsSync(record) || !existsSync(join(root, 'dist/page/index.html'))) return false;
  try {
    const known = JSON.parse(readFileSync(record, 'utf8'));
    const others = Object.keys(known).map((name) => join(root, name));
    const now = hashFiles([...new Set([...listSources(), ...others])]);
    return JSON.stringify(now) === JSON.stringify(known);
  } catch {
    return false; // Written in part, by a build that was stopped.
  }
}

if (!isBuilt()) {
  // Vite keeps NODE_ENV if it is set. Tests set it to another value, with which the page is a third larger.
  env['NODE_ENV'] = 'production';
  const { build } = await import('vite');
  const { output } = await build({ configFile: join(page, 'vite.config.ts'), logLevel: 'warn' });
  const bundled = output
    .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
    .filter((path) => path.startsWith(join(root, 'src')));
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify(hashFiles([...new Set([...listSources(), ...bundled])])));
}
