/** The import table of src/README.md, the purity of the protocol core, and names and facts that occur once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { TESTED_ELSEWHERE } from './support/tested-elsewhere.js';

const root = fileURLToPath(new URL('../src/', import.meta.url));
const PURE = ['wire', 'gateway', 'capture', 'replay', 'filter', 'lint', 'flow'];
const IMPURE =
  /\b(Date\b(?!\w)|performance\.|Math\.random|setTimeout|setInterval|setImmediate|process\.|console\.|fetch\(|async |await |Promise\b)/;

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
  // Of node:zlib, wire may use the functions that are synchronous: see the test of purity.
  if (specifier === 'node:zlib' && roomOf(name) === 'wire') return true;
  return row.packages.some((allowed) => specifier === allowed || specifier === `${allowed}s`);
}

describe('imports', () => {
  const table = importTable();

  it.each(files)('of %s are allowed by the table', (name) => {
    const row = table.get(roomOf(name));
    expect(row, `src/README.md has no row for ${roomOf(name)}`).toBeDefined();
    const strays = importsOf(read(name)).filter((specifier) => !mayImport(name, specifier, row!));
    expect(strays).toEqual([]);
  });

  it('contain no cycle', () => {
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

describe('src/README.md', () => {
  it('names files that exist, and every folder', () => {
    const text = read('README.md');
    const named = [...text.matchAll(/`([\w/-]+\.ts)`/g)].map(([, name]) => name!);
    expect(named.filter((name) => !files.includes(name) && !existsSync(join(root, '..', name)))).toEqual([]);
    const map = text.split('## Where things are')[1]!.split('## ')[0]!;
    const folders = new Set(files.flatMap((name) => name.split('/').slice(0, -1)));
    expect([...folders].filter((folder) => !map.includes(`${folder}/`))).toEqual(['har']);
  });
});

describe('the start', () => {
  /** Files that are loaded together with `names`, which do not wait for a later `import()`. */
  function loadedWith(names: readonly string[]): readonly string[] {
    const loaded = new Set<string>();
    const load = (name: string): void => {
      if (loaded.has(name)) return;
      loaded.add(name);
      const text = withoutComments(read(name)).replace(/(?:import|export) type[^;]+;/g, '');
      for (const [, specifier] of text.matchAll(/(?:^|\n)(?:import|export)\b[^;]*?from '(\.[^']+)'/g))
        load(normalize(join(dirname(name), specifier!)).replace(/\.js$/, '.ts'));
    };
    names.forEach(load);
    return [...loaded].sort();
  }

  it('of the program loads no command', () => {
    const own = ['cli/main.ts', 'cli/command-line.ts', 'cli/failure.ts', 'library/version.ts'];
    const loaded = loadedWith(['cli/main.ts']).filter((name) => !own.includes(name));
    expect(loaded.filter((name) => /^(cli\/[\w-]+\.ts|library\/)/.test(name))).toEqual([]);
  });

  it('of a command loads the words of queries, and none of the code that runs them', () => {
    const LIVE = ['store', 'worker', 'proxy', 'mock', 'player', 'serving', 'ca', 'ui'];
    const commands = files.filter((name) => roomOf(name) === 'cli');
    expect(loadedWith(commands).filter((name) => LIVE.includes(roomOf(name)))).toEqual([
      'store/frame-json.ts',
      'store/query-words.ts',
      'store/rollups.ts',
    ]);
  });

  it('of the writer thread loads nothing that only readers need', () => {
    const loaded = loadedWith(['worker/writer-entry.ts']);
    expect(loaded.filter((name) => /^(filter|replay|lint)\/|^store\/stats\//.test(name))).toEqual([]);
  });
});

describe('what peers send', () => {
  const SERVED = ['wire', 'serving', 'proxy', 'mock', 'player', 'ui'];
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

  it('wire uses only the synchronous functions of node:zlib, and the object under them in two files', () => {
    const lenders = ['wire/zlib/node-inflate.ts', 'wire/zlib/node-deflate.ts'];
    for (const name of files.filter((file) => roomOf(file) === 'wire' && !lenders.includes(file))) {
      const names = /import \{([^}]+)\} from 'node:zlib'/.exec(read(name))?.[1] ?? '';
      const strays = names
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part && !/(Sync|^constants|crc32)/.test(part));
      expect(strays).toEqual([]);
    }
  });
});

describe('folders', () => {
  /** Imports of a file within src, types included, as paths of files. */
  const targets = (name: string): string[] =>
    importsOf(withoutComments(read(name)))
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => normalize(join(dirname(name), specifier)).replace(/\.js$/, '.ts'));
  const folderOf = (name: string): string => {
    const folders = dirname(name).split('/').slice(0, 2).join('/');
    return folders === '.' ? roomOf(name) : folders;
  };
  // A folder and one within it may import each other: the inner one holds the parts of the outer.
  const isWithin = (a: string, b: string): boolean =>
    a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

  it('one level down import each other without a cycle', () => {
    const edges = new Map<string, Set<string>>();
    for (const name of files) {
      const from = folderOf(name);
      for (const to of targets(name).map(folderOf)) {
        if (!isWithin(from, to)) edges.set(from, (edges.get(from) ?? new Set()).add(to));
      }
    }
    const done = new Set<string>();
    const walk = (folder: string, path: readonly string[]): void => {
      expect(path, 'circle of folders').not.toContain(folder);
      if (done.has(folder)) return;
      for (const next of edges.get(folder) ?? []) walk(next, [...path, folder]);
      done.add(folder);
    };
    for (const folder of edges.keys()) walk(folder, []);
  });

  it('other than store do not import better-sqlite3, which one file loads', () => {
    const users = files.filter((name) => importsOf(withoutComments(read(name))).includes('better-sqlite3'));
    expect(users.filter((name) => roomOf(name) !== 'store')).toEqual([]);
    const loaders = files.filter((name) =>
      /require\('better-sqlite3'\)|import (?!type )[^;]*'better-sqlite3'/.test(read(name)),
    );
    expect(loaders).toEqual(['store/sqlite.ts']);
  });

  it('of tests load better-sqlite3 in three files only: its garbage can abort the process', () => {
    const folder = join(root, '../test/');
    const loads = /(?:^|\n)import (?!type )[^;]*from 'better-sqlite3'/;
    const loaders = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        name.endsWith('.ts') &&
        !name.includes('node_modules') &&
        loads.test(readFileSync(join(folder, name), 'utf8')),
    );
    // The test of `openSqlite` itself, and two that only make errors.
    const known = ['sim/disk.ts', 'store/sqlite.test.ts', 'store/store-error.test.ts'];
    expect(loaders.toSorted()).toEqual(known);
  });
});

describe('facts', () => {
  /** A fact, the expression that would write it down again, and the files that may. */
  const FACTS: readonly (readonly [fact: string, copy: RegExp, homes: readonly string[]])[] = [
    // replay/tape/leaks.ts judges what the others do, with patterns of its own.
    ['the digits of ids', /\\d\{1[5-9]\b/, ['gateway/snowflake.ts', 'replay/tape/leaks.ts']],
    ['the moment of ids', /1_?420_?070_?400_?000|\b22n\b/, ['gateway/snowflake.ts']],
    [
      'the format of placeholders',
      /['"`:|(/^]redacted:/,
      ['gateway/redact/placeholder.ts', 'replay/tape/leaks.ts'],
    ],
    ['opcodes by number', /\b(?:op|opcode) ?(?:===|!==) ?\d|\bop: ?\d|"op":\d(?!\d*,"d":S)/, []],
    ['the header of zstd', /0xfd2fb528|\b0x28, 0xb5/i, ['wire/zstd/frame-header.ts']],
    ['the header of zlib', /\b0x78, 0x|% 31\b/, ['wire/zlib/header.ts']],
    ['the longest block', /\b128 \* 1024\b|\b131_?072\b/, ['wire/zstd/frame-header.ts']],
    ['an hour in µs', /\b3_?600_?000_?000\b/, ['store/rollups.ts']],
    ["the file's application id", /0x67746170|1_?735_?680_?368/, ['store/own-file.ts']],
    ['no bytes', /\bconst \w+(?:: Uint8Array)? = new Uint8Array\(0?\)/, ['wire/no-bytes.ts']],
    ['where the version is', /package\.json'/, ['library/version.ts']],
    ['both senders', /'client', 'gateway'/, ['wire/frame.ts']],
  ];

  it.each(FACTS)('are written down once: %s', (_, copy, homes) => {
    const users = files.filter((name) => copy.test(withoutComments(read(name))));
    expect(users.filter((name) => !homes.includes(name))).toEqual([]);
  });
});

describe('names', () => {
  /** Keys that several values share, each with those values. */
  const shared = (pairs: readonly (readonly [string, string])[], least: number): Record<string, string[]> => {
    const groups = new Map<string, string[]>();
    for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
    return Object.fromEntries([...groups].filter(([, values]) => values.length >= least));
  };
  const exportedNames = (name: string): string[] => {
    const { statements } = ts.createSourceFile(name, read(name), ts.ScriptTarget.Latest, true);
    return statements.flatMap((statement) => {
      if (!(ts.canHaveModifiers(statement) && statement.modifiers?.some(isExport))) return [];
      if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
      const declared = (statement as ts.DeclarationStatement).name?.getText();
      return declared === undefined ? [] : [declared];
    });
  };
  const isExport = ({ kind }: ts.Node): boolean => kind === ts.SyntaxKind.ExportKeyword;

  it('are exported by one file each', () => {
    const names = files.flatMap((file) =>
      [...new Set(exportedNames(file))].map((name) => [name, file] as const),
    );
    expect(shared(names, 2)).toEqual({});
  });

  it('of files occur in two folders at most', () => {
    const bases = files
      .filter((name) => name.includes('/'))
      .map((name) => [name.split('/').at(-1)!, name] as const);
    expect(shared(bases, 3)).toEqual({});
  });
});

describe('tests', () => {
  const tests = fileURLToPath(new URL('./', import.meta.url));
  const hasTest = (name: string): boolean => existsSync(join(tests, name.replace(/\.ts$/, '.test.ts')));

  it('cover every source file, by the same name or by the table of files tested elsewhere', () => {
    expect(files.filter((name) => !hasTest(name)).sort()).toEqual(Object.keys(TESTED_ELSEWHERE).sort());
    expect(Object.values(TESTED_ELSEWHERE).filter((name) => !existsSync(join(tests, name)))).toEqual([]);
  });
});
