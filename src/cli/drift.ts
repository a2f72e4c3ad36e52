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
import type { FleetReader } from '../library/fleet.js';
import { opcodeName, type FilteredBy, type FrameFilter, type IdOrLatest } from '../library/queries.js';
import { type Format, RowFormatter, plainShape } from './print/format.js';
import type { Style } from './print/paint.js';
import { readFormat } from './options/format.js';
import { addQueryOptions } from './options/query.js';
import { readConfig } from './options/config-options.js';
import { addFilterOptions, readFilters, termKind } from './options/filters.js';
import { addFleetOptions, isFleetAsked, noteMissing, requireFleetId, withFleet } from './options/fleet.js';
import { StatusLine } from './print/status-line.js';
import type { Canvas, Column } from './print/table.js';
import { openTerminal, type Terminal } from './print/terminal.js';
import { NOTHING, formatCount, plural } from '../units.js';

const EXAMPLES = `
A and B are each a session of the database (an id or latest), one of its captures (capture:2), another
database (old.sqlite), or a tape (login.tape.ndjson). With --from they are recorders of the fleet, by the names of
their files or their ids, or sessions and captures of one --recorder.

Examples:
  gatetape drift 3 latest
  gatetape drift last-month.sqlite capture:latest --event 'GUILD_*'
  gatetape drift 3 latest --filter 'd.author.bot:true' --view messages
  gatetape drift --since yesterday
  gatetape drift --from http://clickhouse:8123 --since yesterday
  gatetape drift --from http://clickhouse:8123 bot-1.sqlite bot-2.sqlite`;

/** Adds the command `drift`. */
export function addDrift(program: Command): void {
  const command = program
    .command('drift')
    .description('report what changed between two recordings: fields, types, events, opcodes')
    .argument('[a]', 'recording to start from')
    .argument('[b]', 'recording to compare with it');
  addFilterOptions(addFleetOptions(addQueryOptions(command)))
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
  const terminal = openTerminal(command);
  const chosen = { since: flags.since, filter: readDriftFilter(flags, command) };
  if (!isFleetAsked(command)) {
    return compare(parseDriftSources(a, b, chosen, readConfig(command).db), command, terminal);
  }
  await withFleet(command, async (reader) => {
    await compare(parseDriftSources(a, b, chosen, reader), command, terminal);
    noteMissing(reader, terminal);
  });
}

async function compare(
  [before, after]: readonly [DriftSource, DriftSource],
  command: Command,
  terminal: Terminal,
): Promise<void> {
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

/** The two sides of the comparison, from the arguments and flags; `place` is the path of a database, or a fleet. */
export function parseDriftSources(
  a: string | undefined,
  b: string | undefined,
  { since, filter }: { readonly since?: number | undefined } & FilteredBy,
  place: string | FleetReader,
): readonly [DriftSource, DriftSource] {
  if (since !== undefined && a === undefined) {
    return [toSource(place, { untilUs: since, filter }), toSource(place, { sinceUs: since, filter })];
  }
  if (since !== undefined || a === undefined || b === undefined) {
    throw new UsageError(
      'drift compares two recordings',
      'name two, such as 3 latest, or give --since alone',
    );
  }
  return [parseDriftSource(a, { filter }, place), parseDriftSource(b, { filter }, place)];
}

function parseDriftSource(text: string, filter: FilteredBy, place: string | FleetReader): DriftSource {
  const session = ID.read(text);
  const capture = session === undefined ? ID.read(/^capture:(.*)$/.exec(text)?.[1]) : undefined;
  if (session === undefined && capture === undefined) {
    if (text.endsWith('.ndjson')) return { tape: text, filter };
    return toSource(typeof place === 'string' ? text : place.choose([text]), filter);
  }
  if (typeof place === 'string') return { db: place, session, capture, filter };
  const readId = (what: string, id: IdOrLatest | undefined): number | undefined =>
    id === undefined ? undefined : requireFleetId(what, id, place);
  return toSource(place, {
    ...filter,
    session: readId('session', session),
    capture: readId('capture', capture),
  });
}

function toSource(place: string | FleetReader, filter: FrameFilter): DriftSource {
  return typeof place === 'string' ? { db: place, filter } : { fleet: place, filter };
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
