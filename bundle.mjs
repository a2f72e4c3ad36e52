/**
 * Bundles dist/ into dist/bundle, which is what the package contains: a command that loads 150 small modules spends half
 * of its processor time on finding, reading and compiling them. test/bench/RESULTS.md has the figures.
 *
 * `record` waits for the threads that decode, record and write, so each of them is one file. Everything else is split where
 * it is loaded on demand, as in the sources. Packages are not bundled. `isBundled` skips what is done already.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chdir, pid } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const bundle = join(dist, 'bundle');
/** The folder until it is complete. */
const unfinished = join(dist, `.bundle-${pid}`);

/** Files of the threads by their names in the sources: `#recorder-thread` is recorder-thread.js in the bundle. */
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const threads = Object.entries(imports).map(([name, path]) => [name.slice(1), path]);
const awaited = threads.filter(([name]) =>
  ['decoder-thread', 'recorder-thread', 'writer-thread'].includes(name),
);
const entries = [
  ['main', 'dist/cli/main.js'],
  ['index', 'dist/index.js'],
  ['vitest', 'dist/vitest/index.js'],
  ['tool-entry', 'dist/library/mcp/tool-entry.js'],
  ...threads.filter((thread) => !awaited.includes(thread)),
];

/**
 * Chunks of modules that most commands share, by folder: later ones do not import earlier ones (src/README.md has the
 * table), so that no two chunks import each other. `store` alone needs SQLite's addon, which can be missing.
 */
const groups = [
  { name: 'library', test: /dist\/library\// },
  { name: 'store', test: /dist\/store\// },
  { name: 'cli', test: /dist\/cli\// },
  { name: 'core', test: /dist\/(\w+\.js|(wire|gateway|capture|replay|filter|config)\/)/ },
].map((group, priority) => ({ ...group, priority, minShareCount: 14 }));

/** Whether the bundle is newer than what it is made of. */
function isBundled() {
  const madeMs = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(dist, { recursive: true })
    .filter((path) => path.endsWith('.js') && !/^(\.?bundle|page)\b/.test(path))
    .map((path) => join('dist', path))
    .concat('bundle.mjs', 'package.json', 'package-lock.json')
    .every((path) => statSync(join(root, path)).mtimeMs < madeMs);
}

async function bundleEntries(input, codeSplitting) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'esnext',
      minify: false,
      outDir: unfinished,
      emptyOutDir: false,
      rolldownOptions: {
        input: Object.fromEntries(input),
        external: /^[^./#]/,
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          codeSplitting,
          comments: false,
        },
      },
    },
  });
}

if (!isBundled()) {
  chdir(root); // Paths in the bundle are relative to it.
  try {
    await bundleEntries(entries, { groups });
    for (const entry of awaited) await bundleEntries([entry], false);
    const own = Object.fromEntries(threads.map(([name]) => [`#${name}`, `./${name}.js`]));
    writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ type: 'module', imports: own }));
    rmSync(bundle, { recursive: true, force: true });
    renameSync(unfinished, bundle);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
