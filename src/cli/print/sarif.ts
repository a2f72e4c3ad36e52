/**
 * SARIF 2.1.0: findings as code scanners report them, for GitHub, Azure DevOps and editors.
 *
 * A finding has no line of source: its place is the recording, and within it a connection and a frame.
 * Source: OASIS, Static Analysis Results Interchange Format 2.1.0 (27 March 2020), sections 3.14, 3.19, 3.27 and 3.49.
 */
import type { LintFinding, LintSeverity, RuleText } from '../../library/lint.js';
import type { FileReport } from './reports.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS: Readonly<Record<LintSeverity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** Reports in SARIF, as one JSON text: a run for each file. `version` is that of gatetape. */
export function formatSarif(
  reports: readonly FileReport[],
  rules: readonly RuleText[],
  version: string,
): string {
  const runs = reports.map((report) => toRun(report, rules, version));
  return JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs });
}

function toRun({ file, report }: FileReport, rules: readonly RuleText[], version: string) {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    tool: {
      driver: {
        name: 'gatetape',
        version,
        informationUri: 'https://www.npmjs.com/package/gatetape',
        rules: rules.map(toDescriptor),
      },
    },
    columnKind: 'utf16CodeUnits',
    results: report.findings.map((finding) => toResult(finding, indexes.get(finding.rule) ?? -1, file)),
    properties: { checked: report.checked, skipped: report.skipped },
  };
}

function toDescriptor({ id, severity, title, why, fix, source }: RuleText) {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${fix}\nSource: ${source}` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function toResult(finding: LintFinding, ruleIndex: number, file: string) {
  const { rule: ruleId, severity, message, fix, frameIds, connectionId, sessionId, count } = finding;
  const places = [
    ...(sessionId === null ? [] : [{ name: `session ${sessionId}`, kind: 'namespace' }]),
    ...(connectionId === null ? [] : [{ name: `connection ${connectionId}`, kind: 'object' }]),
    ...frameIds.map((id) => ({ name: `frame ${id}`, kind: 'element' })),
  ];
  return {
    ruleId,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: `${message}. ${fix}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) } },
        ...(places.length === 0 ? {} : { logicalLocations: places }),
      },
    ],
    occurrenceCount: count,
    properties: {
      who: finding.who,
      firstAtUs: finding.firstAtUs,
      lastAtUs: finding.lastAtUs,
    },
  };
}
