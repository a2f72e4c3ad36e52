/**
 * Findings of `lint` for people: by severity and rule, with what they mean, and a line for each place.
 */
import type { LintFinding, LintReport, LintSeverity, RuleText, UnjudgedRule } from '../../library/lint.js';
import type { LiveFinding } from '../../library/record.js';
import { printable } from '../../printable.js';
import type { Style } from './paint.js';
import type { Canvas } from './table.js';
import { formatCount, formatTime, plural } from '../../units.js';

/** Severities, the worst first; here, as what lints loads only when it runs. */
export const LINT_LEVELS = ['error', 'warning', 'info'] as const satisfies readonly LintSeverity[];

/** Lines around the frames of a finding, or none. */
export type FindContext = (finding: LintFinding) => readonly string[];

const STYLES: Readonly<Record<LintSeverity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

/** A report for people. */
export function* formatFindings(
  report: LintReport,
  titles: ReadonlyMap<string, string>,
  { paint }: Pick<Canvas, 'paint'>,
  findContext: FindContext = () => [],
): Generator<string, void> {
  for (const severity of LINT_LEVELS) {
    const ofSeverity = report.findings.filter((finding) => finding.severity === severity);
    for (const rule of new Set(ofSeverity.map((finding) => finding.rule))) {
      const findings = ofSeverity.filter((finding) => finding.rule === rule);
      const [first] = findings;
      if (first === undefined) continue;
      yield `${paint(STYLES[severity], severity)} ${paint('bold', rule)} (${first.who}): ${titles.get(rule) ?? ''}`;
      for (const finding of findings) {
        yield `  ${formatPlace(finding)}  ${printable(finding.message)}${formatTimes(finding)}`;
        yield* findContext(finding).map((line) => `    ${printable(line)}`);
      }
      yield paint('dim', `  why: ${first.why}`);
      yield paint('dim', `  do:  ${first.fix}`);
      yield '';
    }
  }
  yield formatSummary(report);
}

/** A finding while it is recorded, in one line: what is wrong, where, and what to do. */
export function formatLiveFinding({ finding, leftOut }: LiveFinding): string {
  const { severity, rule, who, message, fix } = finding;
  const more = leftOut === 0 ? '' : ` (and ${plural(leftOut, 'time')} before, since the last such line)`;
  const place = listPlaces(finding).join(', ');
  return `lint: ${severity} ${rule} (${who})${place === '' ? '' : ` on ${place}`}: ${message}${more}: ${fix}`;
}

/** One rule in full. */
export function* explainRule(
  rule: RuleText | UnjudgedRule,
  { paint }: Pick<Canvas, 'paint'>,
): Generator<string, void> {
  yield `${paint('bold', rule.id)}: ${rule.title}`;
  yield `  who:      ${rule.who}`;
  yield `  severity: ${paint(STYLES[rule.severity], rule.severity)}${'reason' in rule ? '' : ' at worst'}`;
  if ('reason' in rule) {
    yield `  not judged: ${rule.reason}`;
    return;
  }
  yield `  why:      ${rule.why}`;
  yield `  do:       ${rule.fix}`;
  yield `  source:   ${rule.source}`;
}

function formatPlace(finding: LintFinding): string {
  return [formatTime(finding.firstAtUs), ...listPlaces(finding)].join('  ');
}

function listPlaces({ connectionId, sessionId, frameIds }: LintFinding): readonly string[] {
  const [frame] = frameIds;
  return [
    ...(connectionId === null ? [] : [`connection ${connectionId}`]),
    ...(sessionId === null ? [] : [`session ${sessionId}`]),
    ...(frame === undefined ? [] : [`frame ${frame}`]),
  ];
}

function formatTimes({ count, lastAtUs }: LintFinding): string {
  return count === 1 ? '' : ` [${formatCount(count)} times, last at ${formatTime(lastAtUs)}]`;
}

function formatSummary({ findings, checked, skipped }: LintReport): string {
  const counts = LINT_LEVELS.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return plural(count, severity === 'info' ? 'note' : severity);
  });
  const { frames, connections, sessions, rules } = checked;
  const read = `${plural(frames, 'frame')}, ${plural(connections, 'connection')} and ${plural(sessions, 'session')}`;
  const silent = new Set(skipped.map(({ rule }) => rule)).size;
  const unjudged = silent === 0 ? '' : `; ${silent} not judged, or not everywhere (--format json says why)`;
  return `${counts.join(', ')} in ${read}, by ${plural(rules, 'rule')}${unjudged}`;
}
