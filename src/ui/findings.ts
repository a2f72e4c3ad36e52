/**
 * Findings of lint so far.
 */
import { findTitles } from '../library/lint.js';
import type { LintFinding } from '../lint/rule.js';
import { LINT_SEVERITIES } from '../lint/rule.js';
import type { FindingsAnswer } from './answers.js';
import type { PageContext } from './context.js';
import type { PageRequest } from './request.js';
import { readPageSelection } from './selection.js';

/** Answers `/findings`. */
export async function answerFindings(context: PageContext, request: PageRequest): Promise<FindingsAnswer> {
  const selection = readPageSelection(request.query);
  const head = context.file.head(selection);
  const { thresholds, desk, file } = context;
  // The time span selects findings; the rules see all frames.
  const given = { selection: { ...selection, fromUs: undefined, untilUs: undefined }, thresholds };
  const { result, progress } = await desk.ask('findings', given, head.source.lastId, file.generation);
  if (result !== null && selection.text === '') context.findings.take(result.findings);
  const { fromUs = 0, untilUs = Infinity } = selection;
  const found = (result?.findings ?? []).filter(
    ({ firstAtUs, lastAtUs }) => lastAtUs >= fromUs && firstAtUs < untilUs,
  );
  const count = (severity: string): number => found.filter((finding) => finding.severity === severity).length;
  const titles = findTitles();
  return {
    ...head,
    progress,
    throughId: result?.throughId ?? 0,
    findings: found
      .toSorted(byWeight)
      .map((finding) => ({ ...finding, title: titles.get(finding.rule) ?? '' })),
    bySeverity: { error: count('error'), warning: count('warning'), info: count('info') },
    skipped: result?.skipped ?? [],
  };
}

function byWeight(one: LintFinding, other: LintFinding): number {
  const rank = ({ severity }: LintFinding): number => LINT_SEVERITIES.indexOf(severity);
  return rank(one) - rank(other) || one.firstAtUs - other.firstAtUs;
}
