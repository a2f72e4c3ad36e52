/**
 * Reports of `lint` on several databases as one.
 */
import type { LintFinding, LintReport } from '../../library/lint.js';

/** A report, and the file that it is on. */
export interface FileReport {
  readonly file: string;
  readonly report: LintReport;
}

/** A finding; it names its file where there are several. */
export type PlacedFinding = LintFinding & { readonly file?: string };

/** The report on one file unchanged, or one on all of them, in which findings name their file. */
export function mergeReports(reports: readonly FileReport[]): LintReport & {
  readonly findings: readonly PlacedFinding[];
} {
  const [first] = reports;
  if (first !== undefined && reports.length === 1) return first.report;
  const sum = (key: 'frames' | 'connections' | 'sessions'): number =>
    reports.reduce((total, { report }) => total + report.checked[key], 0);
  const skipped = new Map(
    reports.flatMap(({ report }) => report.skipped.map((one) => [JSON.stringify(one), one] as const)),
  );
  return {
    findings: reports.flatMap(({ file, report }) => report.findings.map((finding) => ({ file, ...finding }))),
    checked: {
      frames: sum('frames'),
      connections: sum('connections'),
      sessions: sum('sessions'),
      rules: Math.max(0, ...reports.map(({ report }) => report.checked.rules)),
    },
    skipped: [...skipped.values()],
  };
}
