/**
 * Mutants of a source: small changes of its meaning, all planted in one text and switched on one at a time.
 *
 * `@stryker-mutator/core` 9.6.1 weighs 105 MB and, by its documentation, first runs the whole suite; it was not tried. The idea
 * is its own: one text with switches, so that a mutant costs the tests that reach it and no compilation.
 */
import ts from 'typescript';

/** One change. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** That line, without its indent. */
  readonly text: string;
  readonly original: string;
  readonly replacement: string;
}

/** What a mutant changes. */
export const formatChange = ({ original, replacement }: Mutant): string =>
  `${original} → ${replacement || 'left out'}`;

/** Name of the global function that says whether a mutant is on. */
export const SWITCH = '__isMutantOn';

const OPERATORS: Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>> = {
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['/'],
  [ts.SyntaxKind.SlashToken]: ['*'],
  [ts.SyntaxKind.PercentToken]: ['*'],
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['||'],
  [ts.SyntaxKind.BarBarToken]: ['&&'],
  [ts.SyntaxKind.QuestionQuestionToken]: ['&&'],
  [ts.SyntaxKind.AmpersandToken]: ['|'],
  [ts.SyntaxKind.BarToken]: ['&'],
  [ts.SyntaxKind.CaretToken]: ['&'],
  [ts.SyntaxKind.LessThanLessThanToken]: ['>>'],
  [ts.SyntaxKind.GreaterThanGreaterThanToken]: ['<<'],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: ['<<'],
};

/** Takes a mutant in; returns its number, or null to leave it out. */
export type Admit = (mutant: Mutant) => number | null;

/** `text` with the admitted mutants. No line moves. */
export function plantMutants(text: string, file: string, admit: Admit): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const plain = (node: ts.Node): string => text.slice(node.getStart(source), node.end);
  const line = (node: ts.Node): number =>
    source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

  /** Text of a node from its start, with mutants. */
  const render = (node: ts.Node): string => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node))
      return plain(node);
    let rendered = '';
    let at = node.getStart(source);
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source);
      rendered += text.slice(at, start) + render(child);
      at = child.end;
    });
    rendered += text.slice(at, node.end);
    const changes = ts.isSourceFile(node) ? [] : changesOf(node, plain);
    const planted = changes.flatMap((replacement) => {
      const number = admit({
        file,
        line: line(node),
        text: lines[line(node) - 1]?.trim() ?? '',
        original: oneLine(plain(node)),
        replacement: oneLine(replacement),
      });
      return number === null ? [] : [{ number, replacement }];
    });
    if (planted.length === 0) return rendered;
    if (ts.isExpressionStatement(node)) return `{if(!${SWITCH}(${planted[0]?.number ?? 0})){${rendered}}}`;
    return `(${planted.map(({ number, replacement }) => `${SWITCH}(${number})?(${replacement}):`).join('')}(${rendered}))`;
  };
  return text.slice(0, source.getStart(source)) + render(source) + text.slice(source.end);
}

/** Texts that can be there instead of a node; an empty one for a statement that is left out. */
function changesOf(node: ts.Node, plain: (node: ts.Node) => string): readonly string[] {
  if (ts.isExpressionStatement(node))
    return ts.isCallExpression(node.expression) && !isSuper(node.expression) ? [''] : [];
  if (ts.isBinaryExpression(node)) {
    const others = OPERATORS[node.operatorToken.kind] ?? [];
    return others.map((operator) => `(${plain(node.left)}) ${operator} (${plain(node.right)})`);
  }
  if (isCondition(node)) return ['true', 'false'];
  if (ts.isPrefixUnaryExpression(node)) {
    const operand = plain(node.operand);
    if (node.operator === ts.SyntaxKind.ExclamationToken) return [operand];
    return node.operator === ts.SyntaxKind.PlusPlusToken ? [`--${operand}`] : [];
  }
  if (ts.isPostfixUnaryExpression(node)) {
    const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
    return [`${plain(node.operand)}${operator}`];
  }
  return isValue(node) ? changesOfLiteral(node) : [];
}

function changesOfLiteral(node: ts.Node): readonly string[] {
  if (ts.isNumericLiteral(node)) return [`${node.text} + 1`];
  if (ts.isStringLiteral(node)) return [node.text === '' ? '"mutant"' : '""'];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  return node.kind === ts.SyntaxKind.FalseKeyword ? ['true'] : [];
}

const isSuper = ({ expression }: ts.CallExpression): boolean =>
  expression.kind === ts.SyntaxKind.SuperKeyword;

/** Whether a node is the condition of a branch, and not one whose parts are mutated. */
function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  const isOne =
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node);
  return isOne && !ts.isPrefixUnaryExpression(node);
}

/** Whether a literal is a value: not a name, a module or a part of a type. */
function isValue(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isLiteralTypeNode(parent) || ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent))
    return false;
  const isName =
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent)) &&
      parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node);
  return !isName && !ts.isEnumMember(parent);
}

function oneLine(text: string): string {
  const joined = text.replace(/\s+/g, ' ');
  return joined.length <= 90 ? joined : `${joined.slice(0, 89)}…`;
}
