/**
 * Groups findings by rule, in their order: the worst first.
 */
import type { PageFinding, PageSeverity } from '../../src/ui/answers.js';

/** Findings of one rule with one severity. */
export interface FindingGroup {
  readonly rule: string;
  readonly severity: PageSeverity;
  /** At least one. */
  readonly findings: readonly [PageFinding, ...PageFinding[]];
  /** Breaches of all findings together. */
  readonly breaches: number;
}

/** Groups findings. */
export function groupFindings(findings: readonly PageFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, [PageFinding, ...PageFinding[]]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.rule}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return Array.from(groups.values(), (group) => ({
    rule: group[0].rule,
    severity: group[0].severity,
    findings: group,
    breaches: group.reduce((sum, { count }) => sum + count, 0),
  }));
}
