/**
 * Instrumentation: source text with a counter in each branch, so that the fuzzer sees which input reaches something new.
 *
 * `@jazzer.js/core` 4.0.0, the kept coverage-guided fuzzer for Node, was tried first (2026-11-30): its addon needs glibc
 * 2.38, so it does not load on Debian 12. V8's own precise coverage needs a pass over all loaded scripts for each look,
 * some milliseconds; most inputs take less than one. These counters cost a few percent and are read after every input.
 */
import ts from 'typescript';

/** Counters of all instrumented modules. */
export const COUNTERS = new Uint8Array(2 ** 16);
const NAME = '__fuzzCounters';
Object.assign(globalThis, { [NAME]: COUNTERS });

let used = 0;

/** Number of counters that are in use. */
export function countCounters(): number {
  return Math.min(used, COUNTERS.length);
}

/** TypeScript with counters; no line moves. */
export function instrument(text: string, file: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const inserted: { readonly at: number; readonly text: string }[] = [];
  const count = (): string => `${NAME}[${used++ % COUNTERS.length}]++`;
  const addExpression = (node: ts.Expression): void => {
    inserted.push({ at: node.getStart(source), text: `(${count()},` }, { at: node.end, text: ')' });
  };
  const addStatement = (node: ts.Statement): void => {
    if (ts.isBlock(node)) inserted.push({ at: node.getStart(source) + 1, text: `${count()};` });
    else inserted.push({ at: node.getStart(source), text: `{${count()};` }, { at: node.end, text: '}' });
  };
  const visit = (node: ts.Node): void => {
    // Of nested nodes that start or end at one place the outer one comes first: at the start in this order, and at the
    // end in the other one.
    addCounters(node, {
      addExpression,
      addStatement,
      insert: (at, added) => inserted.push({ at, text: added }),
      count,
    });
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return insertAll(text, inserted);
}

interface Places {
  readonly addExpression: (node: ts.Expression) => void;
  readonly addStatement: (node: ts.Statement) => void;
  readonly insert: (at: number, text: string) => void;
  readonly count: () => string;
}

const BRANCHING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

function addCounters(node: ts.Node, { addExpression, addStatement, insert, count }: Places): void {
  if (ts.isIfStatement(node)) {
    // The `else` must not move behind what belongs to the inner statement.
    if (node.elseStatement === undefined) insert(node.end, ` else {${count()}}`);
    else addStatement(node.elseStatement);
    addStatement(node.thenStatement);
  } else if (ts.isIterationStatement(node, false)) addStatement(node.statement);
  else if (ts.isConditionalExpression(node)) {
    addExpression(node.whenTrue);
    addExpression(node.whenFalse);
  } else if (ts.isBinaryExpression(node) && BRANCHING.has(node.operatorToken.kind)) addExpression(node.right);
  else if (ts.isCaseOrDefaultClause(node)) {
    const [first] = node.statements;
    if (first !== undefined) insert(first.getStart(), `${count()};`);
  } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) addExpression(node.body);
  else if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && ts.isBlock(node.body))
    insert(node.body.getStart() + 1, `${count()};`);
  else if (ts.isCatchClause(node)) addStatement(node.block);
}

/** Puts all pieces into the text; of those at one place, closing ones in the other order than opening ones. */
function insertAll(text: string, pieces: readonly { readonly at: number; readonly text: string }[]): string {
  const opening = pieces.filter(({ text: piece }) => !isClosing(piece));
  const closing = pieces.filter(({ text: piece }) => isClosing(piece)).reverse();
  const all = [...closing, ...opening].map((piece, order) => ({ ...piece, order }));
  all.sort((one, other) => one.at - other.at || one.order - other.order);
  let result = '';
  let at = 0;
  for (const piece of all) {
    result += text.slice(at, piece.at) + piece.text;
    at = piece.at;
  }
  return result + text.slice(at);
}

/** Whether a piece ends something before its place. */
function isClosing(piece: string): boolean {
  return piece === ')' || piece === '}' || piece.startsWith(' else');
}
