/**
 * `gatetape lint`: what a client or a gateway did wrong, by the rules of the protocol.
 *
 * Exit code 1 for a finding at or above `--fail-on`.
 */
import type { Command } from 'commander';
import { someText } from '../config/kinds.js';
import { UsageError } from '../errors.js';
import type { LintFinding, LintReport, LintSeverity } from '../library/lint.js';
import { version } from '../library/version.js';
import { readCapture, type CaptureReader, type FrameRow, type IdOrLatest } from '../library/queries.js';
import { addSettings, addSeveral, readConfig } from './options/config-options.js';
import { findDatabasesOf } from './options/databases.js';
import { addFilterOptions, readFilters } from './options/filters.js';
import { addFleetOptions, isFleetAsked, noteMissing, withFleet } from './options/fleet.js';
import { choiceOption, each, ID, NUMBER, typed } from './options/values.js';
import { nameFrame } from './frames.js';
import { explainRule, formatFindings, LINT_LEVELS } from './print/findings.js';
import { formatJunit } from './print/junit.js';
import { mergeReports, type FileReport, type PlacedFinding } from './print/reports.js';
import { formatSarif } from './print/sarif.js';
import { printable } from '../printable.js';
import { StatusLine } from './print/status-line.js';
import { openTerminal, type Terminal } from './print/terminal.js';
import { formatTime, plural } from '../units.js';

const FORMATS = ['text', 'json', 'ndjson', 'junit', 'sarif'] as const;

const EXAMPLES = `
Examples:
  gatetape lint                                     everything in gatetape.sqlite
  gatetape lint --session latest --context 3        one session, with the frames around each finding
  gatetape lint --filter 'sender:client -op:HEARTBEAT'   findings with such a frame; rules still see all frames
  gatetape lint --tape login.tape.ndjson --fail-on warning
  gatetape lint --rule 'hb-*' --ignore hb-first-no-jitter
  gatetape lint --rules efficiency --from http://clickhouse:8123    a fleet in ClickHouse
  gatetape lint --format sarif > lint.sarif         for code scanning
  gatetape lint --explain rs-seq-high               what a rule means, and where it comes from

Exit code 1 for a finding at or above --fail-on. Rules: docs/rules.md. Thresholds: "lint" in the settings file.`;

interface LintFlags {
  readonly tape?: string;
  readonly session?: IdOrLatest;
  readonly connection?: IdOrLatest;
  readonly rule?: readonly string[];
  readonly ignore?: readonly string[];
  readonly severity: LintSeverity;
  readonly failOn: LintSeverity | 'never';
  readonly format: (typeof FORMATS)[number];
  readonly context?: number;
  readonly explain?: string;
  /** Name of a family; true to list all rules. */
  readonly rules?: string | true;
}

/** Adds the command `lint`. */
export function addLint(program: Command): void {
  const command = program
    .command('lint')
    .description('say what a client or a gateway did wrong, by the rules of the protocol');
  addFilterOptions(addFleetOptions(addSettings(addSeveral(command), ['lint'])))
    .option('--tape <file>', 'a tape instead of the database')
    .addOption(typed('--session <id>', 'only one session', ID))
    .addOption(typed('--connection <id>', 'only one connection', ID))
    .addOption(each('--rule <name>', 'only this rule, or these by *', someText))
    .addOption(each('--ignore <name>', 'not this rule, or these by *', someText))
    .addOption(choiceOption('--severity <least>', 'only so bad and worse', LINT_LEVELS).default('info'))
    .addOption(
      choiceOption('--fail-on <least>', 'exit with 1 for so bad and worse', [
        ...LINT_LEVELS,
        'never',
      ]).default('error'),
    )
    .addOption(choiceOption('--format <format>', 'form of output', FORMATS).default('text'))
    .addOption(typed('--context <count>', 'so many frames before and after each finding', NUMBER))
    .option('--explain <rule>', 'explain a rule, and lint nothing')
    .option('--rules [family]', 'only the rules of a family; without one, list all rules, and lint nothing')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: LintFlags, command: Command): Promise<void> {
  const terminal = openTerminal(command);
  if (flags.explain !== undefined || flags.rules === true) return describeRules(flags, terminal);
  requireDatabase(flags);
  const rules = await listChosenRules(flags);
  let frames = 0;
  const status = new StatusLine(process.stderr, () => `lint: ${plural(frames, 'frame')} read`);
  status.start();
  try {
    const lint = isFleetAsked(command) ? lintRecorders : lintFiles;
    const reports = await lint(
      { ...flags, rules, onProgress: (count) => (frames = count) },
      command,
      terminal,
    );
    status.stop();
    const failing =
      flags.failOn === 'never' ? [] : LINT_LEVELS.slice(0, LINT_LEVELS.indexOf(flags.failOn) + 1);
    await print(reports, flags, failing, terminal);
    if (mergeReports(reports).findings.some(({ severity }) => failing.includes(severity)))
      process.exitCode = 1;
  } finally {
    status.stop();
  }
}

/** Rules that `--rule` and `--rules` name; undefined for all of them. */
async function listChosenRules({ rule, rules }: LintFlags): Promise<readonly string[] | undefined> {
  if (typeof rules !== 'string') return rule;
  const { listFamily } = await import('../library/lint.js');
  return [...(rule ?? []), ...listFamily(rules)];
}

/** Flags, with the rules by their names. */
interface LintOrder extends Omit<LintFlags, 'rules'> {
  readonly rules: readonly string[] | undefined;
  readonly onProgress: (frames: number) => void;
}

async function lintFiles(order: LintOrder, command: Command): Promise<readonly FileReport[]> {
  const { tape } = order;
  const config = readConfig(command);
  const files = tape === undefined ? await findDatabasesOf(command) : [config.db];
  const { lintCapture } = await import('../library/lint.js');
  const filters = readFilters(command);
  const filter = filters.length === 0 ? undefined : filters;
  const reports: FileReport[] = [];
  for (const db of files) {
    reports.push({
      file: tape ?? db,
      report: await lintCapture({ ...order, db, filter, thresholds: config.lint }),
    });
  }
  return reports;
}

async function lintRecorders(
  order: LintOrder,
  command: Command,
  terminal: Terminal,
): Promise<readonly FileReport[]> {
  const named = (['tape', 'session', 'connection', 'context'] as const).find(
    (flag) => order[flag] !== undefined,
  );
  const flag = named ?? (readFilters(command).length > 0 ? 'filter' : undefined);
  if (flag !== undefined) {
    throw new UsageError(
      `--${flag} and --from exclude each other`,
      `leave one of them out, or lint the files with --db`,
    );
  }
  const { lint: thresholds } = readConfig(command);
  const { lintFleet } = await import('../library/lint-fleet.js');
  let reports: readonly FileReport[] = [];
  await withFleet(command, async (reader) => {
    reports = await lintFleet(reader, { ...order, thresholds });
    noteMissing(reader, terminal);
  });
  return reports;
}

function requireDatabase({ tape, session, connection, context }: LintFlags): void {
  if (tape !== undefined && (session !== undefined || connection !== undefined)) {
    throw new UsageError('a tape is one session', 'leave out --session and --connection, or --tape');
  }
  if (tape !== undefined && context !== undefined) {
    throw new UsageError('--context needs a database', 'import the tape first, or leave --context out');
  }
}

async function print(
  reports: readonly FileReport[],
  { format, context = 0 }: LintFlags,
  failing: readonly LintSeverity[],
  terminal: Terminal,
): Promise<void> {
  const report = mergeReports(reports);
  const { findTitles, listRules } = await import('../library/lint.js');
  const { output } = terminal;
  switch (format) {
    case 'json':
      return output.print([JSON.stringify(report)]);
    case 'ndjson':
      return output.print(report.findings.map((finding) => JSON.stringify(finding)));
    case 'sarif':
      return output.print([formatSarif(reports, listRules(), version)]);
    case 'junit':
      return output.print(formatJunit('lint', listCases(report, findTitles(), failing)));
    case 'text':
      for (const each of reports) await printText(each, context, reports.length > 1, terminal);
  }
}

/** One report for people, with its file above if it is one of several. */
async function printText(
  { file, report }: FileReport,
  context: number,
  isOneOfSeveral: boolean,
  terminal: Terminal,
): Promise<void> {
  const { findTitles } = await import('../library/lint.js');
  const { output, paint } = terminal;
  if (isOneOfSeveral) await output.print([paint('bold', `${printable(file)}:`)]);
  if (context === 0) return output.print(formatFindings(report, findTitles(), terminal));
  await readCapture(file, (reader) =>
    output.print(
      formatFindings(report, findTitles(), terminal, (finding) => listContext(reader, finding, context)),
    ),
  );
}

/** A case for each rule; those with findings that count have failed. */
function listCases(
  { findings }: LintReport,
  titles: ReadonlyMap<string, string>,
  failing: readonly LintSeverity[],
): Parameters<typeof formatJunit>[1] {
  return [...titles].map(([rule, title]) => {
    const own = findings.filter((finding) => finding.rule === rule && failing.includes(finding.severity));
    const [first] = own;
    const name = `${rule}: ${title}`;
    if (first === undefined) return { name };
    const text = own.map(formatLine).join('\n');
    return { name, failure: { type: first.severity, message: first.message, text } };
  });
}

function formatLine(finding: PlacedFinding): string {
  const { file, message, connectionId, frameIds, count, firstAtUs, fix } = finding;
  const place = `${file === undefined ? '' : `${file} `}connection ${connectionId ?? 'none'}, frames ${frameIds.join(', ') || 'none'}`;
  return `${formatTime(firstAtUs)} ${place}: ${message} (${plural(count, 'time')}). ${fix}`;
}

/** The frames around the first frame of a finding, on its connection. */
function listContext(
  reader: CaptureReader,
  { connectionId, frameIds }: LintFinding,
  count: number,
): readonly string[] {
  const [id] = frameIds;
  if (connectionId === null || id === undefined) return [];
  const place = { connection: connectionId };
  const before = [...reader.frames({ ...place, beforeId: id + 1, limit: count + 1 })];
  const after: string[] = [];
  for (const row of reader.frames({ ...place, afterId: id })) {
    after.push(formatContext(row, frameIds));
    if (after.length >= count) break;
  }
  return [...before.map((row) => formatContext(row, frameIds)), ...after];
}

function formatContext(row: FrameRow, frameIds: readonly number[]): string {
  const mark = frameIds.includes(row.id) ? '>' : ' ';
  return `${mark} ${row.id}  ${formatTime(row.atUs)}  ${row.sender}  ${nameFrame(row)}${row.seq === null ? '' : ` ${row.seq}`}`;
}

/** What rules say: those of `--explain` at length, or all of them in a line each. */
async function describeRules({ explain, format }: LintFlags, terminal: Terminal): Promise<void> {
  if (format === 'junit' || format === 'sarif') {
    throw new UsageError(`rules cannot be described as ${format}`, 'use text, json or ndjson');
  }
  const { findRuleTexts } = await import('../library/lint.js');
  const rules = findRuleTexts(explain ?? '*');
  if (format === 'json') return terminal.output.print([JSON.stringify(rules)]);
  if (format === 'ndjson') return terminal.output.print(rules.map((rule) => JSON.stringify(rule)));
  if (explain !== undefined) {
    return terminal.output.print(rules.flatMap((rule) => [...explainRule(rule, terminal)]));
  }
  const width = Math.max(...rules.map(({ id }) => id.length));
  await terminal.output.print(
    rules.map((rule) => {
      const silent = 'reason' in rule ? ` (not judged: ${rule.reason})` : '';
      return `${rule.id.padEnd(width)}  ${rule.severity.padEnd(7)}  ${rule.who.padEnd(7)}  ${rule.title}${silent}`;
    }),
  );
}
