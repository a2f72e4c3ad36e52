/**
 * Figures of the source tree: `node test/tree-figures.mjs [folder of a checkout]` prints them as a table.
 *
 * It counts what the rules of names, sizes and language are about, so that two commits can be compared. Line counts
 * include comments and blank lines; a function's length is that of its body, braces included.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Words that are plain in another sense than the one in which comments tend to use them. */
const WORDS = [
  'stands',
  'told',
  'tells',
  'nobody',
  'somebody',
  'anew',
  'is none',
  'is no',
  'for good',
  'as it came',
  'want of',
  'whoever',
  'whom',
];

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../', import.meta.url)));

/** @param {string} folder */
function read(folder) {
  const top = join(root, folder);
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(top, name), 'utf8');
      return { name, text, tree: ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true) };
    });
}

/** @param {readonly number[]} values */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return `median ${at(0.5)}, p90 ${at(0.9)}, max ${sorted.at(-1) ?? 0}`;
}

const lines = (text) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** Lengths of the bodies of all functions with a name, in lines. */
function functionLengths({ text, tree }) {
  const lengths = [];
  const visit = (node) => {
    const isNamed =
      node.name !== undefined ||
      ts.isConstructorDeclaration(node) ||
      ts.isVariableDeclaration(node.parent ?? node);
    if (ts.isFunctionLike(node) && node.body !== undefined && isNamed)
      lengths.push(lines(text.slice(node.body.getStart(tree), node.body.getEnd())));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return lengths;
}

/** Names that a file exports by declaring them. */
function exportedNames({ tree }) {
  const names = new Set();
  for (const statement of tree.statements) {
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) names.add(name.getText(tree));
    } else if (statement.name !== undefined) names.add(statement.name.text);
  }
  return names;
}

/** Text of all comments of a file. */
function comments({ text, tree }) {
  const found = new Map();
  const visit = (node) => {
    if (node.getChildCount(tree) > 0) {
      for (const child of node.getChildren(tree)) if (!ts.isJSDoc(child)) visit(child);
      return;
    }
    const start = node.getFullStart();
    for (const list of [ts.getLeadingCommentRanges(text, start), ts.getTrailingCommentRanges(text, start)]) {
      for (const { pos, end } of list ?? [])
        if (end <= node.getStart(tree, false)) found.set(pos, text.slice(pos, end));
    }
  };
  visit(tree);
  return [...found.values()].join('\n');
}

/** Folder of a file, at most two levels deep; a file at the top is its own. */
const folderOf = (name) =>
  dirname(name).split('/').slice(0, 2).join('/').replace(/^\.$/, name.replace('.ts', ''));

/** Pairs of folders that import each other, directly or by way of others; a folder and one within it may. */
function folderCircles(files) {
  const edges = new Map();
  for (const { name, tree } of files) {
    for (const { moduleSpecifier } of tree.statements) {
      if (!moduleSpecifier?.text?.startsWith('.')) continue;
      const [from, to] = [
        folderOf(name),
        folderOf(normalize(join(dirname(name), moduleSpecifier.text)).replace(/\.js$/, '.ts')),
      ];
      if (from === to || from.startsWith(`${to}/`) || to.startsWith(`${from}/`)) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
  }
  const reaches = (from, to, seen = new Set()) =>
    [...(edges.get(from) ?? [])].some(
      (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
    );
  const folders = [...edges.keys()].sort();
  return folders.flatMap((a) =>
    folders.filter((b) => a < b && reaches(a, b) && reaches(b, a)).map((b) => `${a} <-> ${b}`),
  );
}

/** Groups of values by a key, those with at least `least` of them. */
function repeated(pairs, least) {
  const groups = new Map();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return [...groups].filter(([, values]) => values.length >= least);
}

const source = read('src');
const tests = read('test');
const said = source
  .map(comments)
  .join('\n')
  .replace(/^\s*(?:\*|\/\/)/gm, ' ')
  .replace(/\s+/g, ' ');
const twice = repeated(
  source.flatMap((file) => [...exportedNames(file)].map((name) => [name, file.name])),
  2,
);
const bases = repeated(
  source.map(({ name }) => [name.split('/').at(-1), name]),
  3,
);
const circles = folderCircles(source);

const rows = [
  ['files in src, test', `${source.length}, ${tests.length}`],
  [
    'lines in src, test',
    [source, tests].map((files) => files.reduce((sum, { text }) => sum + lines(text), 0)).join(', '),
  ],
  ['lines of a file', spread(source.map(({ text }) => lines(text)))],
  ['lines of a function', spread(source.flatMap(functionLengths))],
  ['exported names', String(source.reduce((sum, file) => sum + exportedNames(file).size, 0))],
  ['exported names that occur twice', `${twice.length} ${twice.map(([name]) => name).join(' ')}`],
  ['base names in three folders', `${bases.length} ${bases.map(([name]) => name).join(' ')}`],
  ['folder circles', `${circles.length} ${circles.join(', ')}`],
  [
    'functions named …Of',
    String(
      [
        ...new Set(
          source.flatMap(({ name, text }) =>
            [...text.matchAll(/\bfunction\*? (\w+Of)\b/g)].map(([, of]) => `${name} ${of}`),
          ),
        ),
      ].length,
    ),
  ],
  ['words of comments', String(said.split(/\s+/).filter((word) => /\w/.test(word)).length)],
  ...WORDS.map((word) => [
    `  "${word}" in comments`,
    String([...said.matchAll(new RegExp(`\\b${word}\\b`, 'gi'))].length),
  ]),
];
for (const [what, figure] of rows) console.log(`${what.padEnd(34)}${figure.trimEnd()}`);
