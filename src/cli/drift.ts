/**
 * `gatetape drift A B`: which fields, types, events and opcodes changed between two recordings.
 *
 * Exit code 1 if a change is an error; gateway/shape-drift.ts decides which changes are.
 */
import type { Command } from 'commander';
import { expecting } from '../config/kinds.js';
import { ID, TIME, typed } from './options/values.js';
import { UsageError } from '../errors.js';
import type { Filter } from '../filter/nodes.js';
import type { Drift, DriftChange, DriftSide, DriftSource, Severity } from '../library/drift.js';
import { opcodeName, type FilteredBy } from '../library/queries.js';
import { type Format, RowFormatter, plainShape } from './print/format.js';
import type { Style } from './print/paint.js';
import { readFormat } from './options/format.js';
import { addQueryOptions } from './options/query.js';
import { readConfig } from './options/config-options.js';
import { addFilterOptions, readFilters, termKind } from './options/filters.js';
import { StatusLine } from './print/status-line.js';
import type { Canvas, Column } from './print/table.js';
import { openTerminal } from './print/terminal.js';
import { NOTHING, formatCount, plural } from '../units.js';

const EXAMPLES = `
A and B are each a session of the database (an id or latest), one of its captures (capture:2), another
database (old.sqlite), or a tape (login.tape.ndjson).

Examples:
  gatetape drift 3 latest
  gatetape drift last-month.sqlite capture:latest --event 'GUILD_*'
  gatetape drift 3 latest --filter 'd.author.bot:true' --view messages
  gatetape drift --since yesterday`;

/** Adds the command `drift`. */
export function addDrift(program: Command): void {
  const command = program
    .command('drift')
    .description('report what changed between two recordings: fields, types, events, opcodes')
    .argument('[a]', 'recording to start from')
    .argument('[b]', 'recording to compare with it');
  addFilterOptions(addQueryOptions(command))
    .addOption(
      typed(
        '--since <time>',
        'compare what came before with what came from then on',
        expecting('2h, yesterday, …', TIME),
      ),
    )
    .addOption(
      typed('--event <list>', 'only these events', termKind('event', "names or globs, such as 'GUILD_*'")),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface DriftFlags {
  /** µs since the Unix epoch. */
  readonly since?: number;
  readonly event?: Filter;
}

async function run(
  a: string | undefined,
  b: string | undefined,
  flags: DriftFlags,
  command: Command,
): Promise<void> {
  const [before, after] = parseDriftSources(
    a,
    b,
    { since: flags.since, filter: readDriftFilter(flags, command) },
    readConfig(command).db,
  );
  const terminal = openTerminal(command);
  const { compareShapes } = await import('../library/drift.js');
  let read = 0;
  const status = new StatusLine(process.stderr, () => `drift: ${plural(read, 'payload')} read`);
  status.start();
  try {
    const drift = await compareShapes(before, after, (count) => (read = count));
    status.stop();
    await terminal.output.print(formatDrift(drift, readFormat(command), terminal));
    if (drift.changes.some(({ severity }) => severity === 'error')) process.exitCode = 1;
  } finally {
    status.stop();
  }
}

function readDriftFilter({ event }: DriftFlags, command: Command): readonly Filter[] | undefined {
  const filters = [...(event === undefined ? [] : [event]), ...readFilters(command)];
  return filters.length === 0 ? undefined : filters;
}

/** The two sides of the comparison, from the arguments and flags. */
export function parseDriftSources(
  a: string | undefined,
  b: string | undefined,
  { since, filter }: { readonly since?: number | undefined } & FilteredBy,
  db: string,
): readonly [DriftSource, DriftSource] {
  if (since !== undefined && a === undefined) {
    return [
      { db, filter: { untilUs: since, filter } },
      { db, filter: { sinceUs: since, filter } },
    ];
  }
  if (since !== undefined || a === undefined || b === undefined) {
    throw new UsageError(
      'drift compares two recordings',
      'name two, such as 3 latest, or give --since alone',
    );
  }
  return [parseDriftSource(a, { filter }, db), parseDriftSource(b, { filter }, db)];
}

function parseDriftSource(text: string, filter: FilteredBy, db: string): DriftSource {
  const session = ID.read(text);
  if (session !== undefined) return { db, session, filter };
  const capture = ID.read(/^capture:(.*)$/.exec(text)?.[1]);
  if (capture !== undefined) return { db, capture, filter };
  return text.endsWith('.ndjson') ? { tape: text, filter } : { db: text, filter };
}

const STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warn: 'yellow', info: 'dim' };

const COLUMNS: readonly Column<DriftChange>[] = [
  { title: 'SEVERITY', align: 'left', text: (row) => row.severity, style: (row) => STYLES[row.severity] },
  { title: 'CHANGE', align: 'left', text: (row) => row.change.replace('_', ' ') },
  { title: 'SENDER', align: 'left', text: (row) => row.sender, spare: 1 },
  { title: 'WHAT', align: 'left', text: (row) => row.event ?? opcodeName(row.op) ?? `opcode ${row.op}` },
  { title: 'FIELD', align: 'left', text: (row) => row.path ?? NOTHING },
  { title: 'BEFORE', align: 'left', text: (row) => formatSide(row.before, row.path) },
  { title: 'AFTER', align: 'left', text: (row) => formatSide(row.after, row.path) },
];

const SHAPE = plainShape<DriftChange>(COLUMNS, [
  ...(['severity', 'change', 'op', 'event', 'sender', 'path', 'before', 'after'] as const),
]);

/** Lines of a comparison in any format; JSON lines and CSV carry the changes alone. */
export function* formatDrift(drift: Drift, format: Format, canvas: Canvas): Generator<string, void> {
  if (format === 'json') {
    yield JSON.stringify({ ...drift, ...countSeverities(drift) });
    return;
  }
  if (format !== 'table' || drift.changes.length > 0) {
    yield* new RowFormatter(format, SHAPE, canvas).lines(drift.changes);
  }
  if (format !== 'table') return;
  if (drift.changes.length > 0) yield '';
  if (drift.changes.some(({ change }) => change === 'channel_obfuscation')) yield OBFUSCATION;
  yield formatSummary(drift);
}

function countSeverities({ changes }: Drift): Readonly<Record<'errors' | 'warnings' | 'infos', number>> {
  const count = (severity: Severity): number =>
    changes.filter((change) => change.severity === severity).length;
  return { errors: count('error'), warnings: count('warn'), infos: count('info') };
}

const OBFUSCATION =
  'channel obfuscation: since 16 November 2026 gateways hide what a bot may not view in channels with the flag 1 << 17';

function formatSummary(drift: Drift): string {
  const { errors, warnings, infos } = countSeverities(drift);
  const sides = `${plural(drift.payloadsBefore, 'payload')} before, ${formatCount(drift.payloadsAfter)} after`;
  const counts = [plural(errors, 'error'), plural(warnings, 'warning'), plural(infos, 'note')].join(', ');
  return `${counts}; ${sides}`;
}

/** `string or null, always, 12×`; only the count for whole payloads. */
function formatSide(side: DriftSide | null, path: string | null): string {
  if (side === null) return NOTHING;
  const times = `${formatCount(side.count)}×`;
  return path === null ? times : `${side.types.join(' or ')}, ${side.presence}, ${times}`;
}
