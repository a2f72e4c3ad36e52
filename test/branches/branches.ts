/** Which branches of a source no test takes, from what Istanbul's format of coverage says about it. */
import ts from 'typescript';

interface Place {
  readonly line?: number;
  readonly column?: number;
}

/** Part of the coverage of a file in Istanbul's format, with columns from 0. */
export interface FileCoverage {
  /** How often each side of each branch was taken. */
  readonly b: Readonly<Record<string, readonly number[]>>;
  readonly branchMap: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly loc: { readonly start: Place };
        readonly locations: readonly { readonly start: Place }[];
      }
    >
  >;
}

/** What follows the text of a condition that is always true. */
export const NEVER_FALSE = ' (never false)';

/** Branches of a file. */
export interface FileBranches {
  readonly count: number;
  /** Those that are not taken: a line from 1, and its text. */
  readonly missed: readonly { readonly line: number; readonly text: string }[];
}

/**
 * Branches of a source. The default of an element of a list, as in `bytes[at] ?? 0`, does not count: the compiler asks for it
 * (`noUncheckedIndexedAccess`) also where the index is always within the list.
 */
export function readBranches(source: string, { b, branchMap }: FileCoverage): FileBranches {
  const lines = source.split('\n');
  const defaults = findElementDefaults(source);
  let count = 0;
  const missed: { line: number; text: string }[] = [];
  for (const [key, counts] of Object.entries(b)) {
    const branch = branchMap[key];
    for (const [side, taken] of counts.entries()) {
      const start = branch?.locations[side]?.start ?? {};
      if (defaults.has(`${start.line}:${start.column}`)) continue;
      count += 1;
      if (taken > 0) continue;
      const isElse = start.line === undefined;
      const { line = 1 } = isElse ? (branch?.loc.start ?? {}) : start;
      const text = (lines[line - 1] ?? '').trim();
      missed.push({ line, text: isElse ? text + NEVER_FALSE : text });
    }
  }
  return { count, missed: missed.sort((one, other) => one.line - other.line) };
}

/** Places of the `0` and `''` of `list[i] ?? 0` and `list[i] ?? ''`, as line:column. */
function findElementDefaults(text: string): ReadonlySet<string> {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isBinaryExpression(node) || !isElementDefault(node)) return;
    const { line, character } = source.getLineAndCharacterOfPosition(node.right.getStart(source));
    found.add(`${line + 1}:${character}`);
  };
  visit(source);
  return found;
}

function isElementDefault({ left, operatorToken, right }: ts.BinaryExpression): boolean {
  return (
    operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
    ts.isElementAccessExpression(left) &&
    left.questionDotToken === undefined &&
    !ts.isStringLiteral(left.argumentExpression) &&
    (ts.isNumericLiteral(right) || (ts.isStringLiteral(right) && right.text === ''))
  );
}
