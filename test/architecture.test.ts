/** The import table of src/README.md, and the purity of the protocol core. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../src/', import.meta.url));
const PURE = ['wire', 'gateway', 'capture', 'replay'];
const IMPURE =
  /\b(Date\b(?!\w)|performance\.|Math\.random|setTimeout|setInterval|setImmediate|process\.|console\.|fetch\(|async |await |Promise\b)/;
const EVERYTHING = ['library', 'index', 'config', 'cli', 'vitest'];

interface Row {
  readonly sources: readonly string[];
  readonly packages: readonly string[];
}

function importTable(): Map<string, Row> {
  const table = new Map<string, Row>();
  const text = readFileSync(join(root, 'README.md'), 'utf8').split('## Who may import whom')[1]!;
  for (const line of text.split('\n').filter((row) => row.startsWith('| `'))) {
    const [folders, sources, packages] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    for (const [folder] of folders!.matchAll(/\w+/g)) {
      table.set(folder, {
        sources: [...sources!.matchAll(/\w+/g)].map(([word]) => word),
        packages: packages!
          .replaceAll('(s)', '')
          .split(/[,;]/)
          .map((word) => word.trim().split(' ')[0]!.replaceAll('`', '')),
      });
    }
  }
  return table;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const roomOf = (name: string): string => name.split('/')[0]!.replace(/\.(ts|js)$/, '');
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => (match[1] ?? match[2])!,
  );
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, '');

function mayImport(name: string, specifier: string, row: Row): boolean {
  if (specifier.startsWith('.')) {
    const target = roomOf(relative('.', normalize(join(dirname(name), specifier))));
    return target === roomOf(name) || row.sources.includes(target);
  }
  if (specifier === 'node:zlib') return roomOf(name) === 'wire';
  return row.packages.some((allowed) => specifier === allowed || specifier === `${allowed}s`);
}

describe('imports', () => {
  const table = importTable();

  it.each(files.filter((name) => !EVERYTHING.includes(roomOf(name))))('%s keeps to the table', (name) => {
    const row = table.get(roomOf(name));
    expect(row, `src/README.md has no row for ${roomOf(name)}`).toBeDefined();
    const strays = importsOf(read(name)).filter((specifier) => !mayImport(name, specifier, row!));
    expect(strays).toEqual([]);
  });

  it('form no circle', () => {
    const edges = new Map(
      files.map((name) => [
        name,
        importsOf(withoutComments(read(name)).replace(/import type[^;]+;/g, ''))
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => normalize(join(dirname(name), specifier)).replace(/\.js$/, '.ts')),
      ]),
    );
    const done = new Set<string>();
    const walk = (name: string, path: readonly string[]): void => {
      expect(path, 'import circle').not.toContain(name);
      if (done.has(name)) return;
      for (const next of edges.get(name) ?? []) walk(next, [...path, name]);
      done.add(name);
    };
    for (const name of files) walk(name, []);
  });
});

describe('what peers send', () => {
  const SERVED = ['wire', 'serving', 'proxy', 'mock', 'player'];
  const THROWS = /\bnew URL\(|\bdecodeURI(?:Component)?\(|\bURL\.canParse\(/;

  it.each(files.filter((name) => SERVED.includes(roomOf(name)) && name !== 'wire/url.ts'))(
    '%s reads URLs by wire/url.ts only, which does not throw',
    (name) => {
      const lines = withoutComments(read(name)).split('\n');
      expect(lines.filter((line) => THROWS.test(line))).toEqual([]);
    },
  );
});

describe('purity', () => {
  it.each(files.filter((name) => PURE.includes(roomOf(name))))(
    '%s has no clock, timer, promise or console',
    (name) => {
      expect(
        withoutComments(read(name))
          .split('\n')
          .filter((line) => IMPURE.test(line)),
      ).toEqual([]);
    },
  );

  it('of node:zlib, wire uses only the synchronous functions', () => {
    for (const name of files.filter((file) => roomOf(file) === 'wire')) {
      const names = /import \{([^}]+)\} from 'node:zlib'/.exec(read(name))?.[1] ?? '';
      const strays = names
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part && !/(Sync|^constants|crc32)/.test(part));
      expect(strays).toEqual([]);
    }
  });
});
