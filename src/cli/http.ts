/**
 * `gatetape http`: lists the REST calls beside the frames, or, with `--stats`, their figures by route, status or time.
 *
 * With `--as curl` each call is a command that makes it again (library/curl.ts).
 */
import { type Command, Option } from 'commander';
import { choiceKind, commaList, expecting } from '../config/kinds.js';
import { UsageError } from '../errors.js';
import {
  EXCHANGE_GROUP_KEYS,
  EXCHANGE_KEYS,
  type CaptureReader,
  type ExchangeFilter,
  type ExchangeGroupKey,
  type ExchangeRow,
} from '../library/queries.js';
import { parseCallFilter } from '../filter/parse.js';
import { formatCurl } from '../library/curl.js';
import { addTimeOptions, gathered } from './options/filters.js';
import { plainShape } from './print/format.js';
import { formatHttpStats } from './http-stats.js';
import { readFormat } from './options/format.js';
import { addDatabaseOptions, printAll, requireOne, withDatabases } from './options/databases.js';
import type { Column } from './print/table.js';
import { NOTHING, formatBytes, formatDuration, formatTime } from '../units.js';
import { choiceOption, COUNT, ID, STATUSES, typed } from './options/values.js';

const EXAMPLES = `
Examples:
  gatetape http --limit 20
  gatetape http --method POST --route '/channels/*/messages' --format ndjson | jq .responseBody
  gatetape http --stats --status 4xx,5xx,none --since 1h
  gatetape http --by route,minute --format csv
  gatetape http --filter 'status:4xx,none -route:/gateway* "Missing Access"'
  gatetape http --id 12 --as curl           the call as a command; the token comes from $DISCORD_TOKEN`;

const COLUMNS: readonly Column<ExchangeRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'AT (UTC)', align: 'left', text: (row) => formatTime(row.startedAtUs), style: () => 'dim' },
  { title: 'METHOD', align: 'left', text: (row) => row.method, style: () => 'cyan' },
  { title: 'PATH', align: 'left', text: (row) => row.path },
  {
    title: 'STATUS',
    align: 'left',
    text: (row) => [row.status, row.fault].filter((part) => part !== null).join(' '),
    style: (row) => (row.status === null || row.status >= 400 || row.fault !== null ? 'red' : 'green'),
  },
  { title: 'TOOK', align: 'right', text: (row) => formatDuration(row.durationUs), spare: 1 },
  { title: 'SENT', align: 'right', text: (row) => size(row.requestBytes), spare: 2 },
  { title: 'GOT', align: 'right', text: (row) => size(row.responseBytes), spare: 3 },
];

const SHAPE = plainShape<ExchangeRow>(COLUMNS, EXCHANGE_KEYS);

/** Default of `--by`. */
const DEFAULT_BY: readonly ExchangeGroupKey[] = ['method', 'route', 'status'];

/** Adds the command `http`. */
export function addHttp(program: Command): void {
  const command = program.command('http').description('list the REST calls, or statistics of them');
  addTimeOptions(addDatabaseOptions(command))
    .option('--method <method>', 'HTTP method, such as POST')
    .option('--route <glob>', "routes, such as '/channels/*/messages' (ids are written as :id)")
    .addOption(typed('--status <list>', 'statuses', STATUSES))
    .addOption(
      gathered(
        '--filter <text>',
        'what to select, such as \'status:4xx since:1h "Missing Access"\'',
        parseCallFilter,
      ),
    )
    .addOption(typed('--session <id>', "calls of one session's client", ID))
    .addOption(typed('--id <number>', 'one call', expecting('an id', COUNT)))
    .addOption(typed('--limit <count>', 'only the newest of them', COUNT))
    .addOption(choiceOption('--as <form>', 'commands that make the calls again', ['curl']))
    .addOption(noConnection())
    .option('--stats', 'figures instead of calls')
    .addOption(typed('--by <list>', 'figures by', commaList(choiceKind(...EXCHANGE_GROUP_KEYS))))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** A flag of the other lists, which is refused here with the reason. */
function noConnection(): Option {
  return new Option('--connection <id>').hideHelp().argParser(() => {
    throw new UsageError('a REST call belongs to no connection', 'choose by --session, --since or --until');
  });
}

interface HttpFlags extends Omit<ExchangeFilter, 'sinceUs' | 'untilUs' | 'statuses' | 'session'> {
  readonly status?: ExchangeFilter['statuses'];
  readonly since?: number;
  readonly until?: number;
  readonly session?: number | 'latest';
  readonly as?: 'curl';
  readonly stats?: boolean;
  readonly by?: readonly ExchangeGroupKey[];
}

async function run(flags: HttpFlags, command: Command): Promise<void> {
  const { by, stats = by !== undefined, limit } = flags;
  if (stats && limit !== undefined) {
    throw new UsageError('--limit is for the list, and figures are over all calls', 'use --since instead');
  }
  if (stats && flags.as !== undefined) {
    throw new UsageError('--as curl writes calls, and --stats figures', 'leave one of them out');
  }
  await withDatabases(command, async (databases, terminal) => {
    if (flags.as === undefined && !stats)
      return printAll(command, terminal, databases, {
        read: (each) => each.exchanges(readExchangeFilter(flags, each)),
        shape: SHAPE,
        atUs: (row) => row.startedAtUs,
        limit,
      });
    const { reader } = requireOne(databases, flags.as === undefined ? '--stats' : '--as curl');
    const filter = readExchangeFilter(flags, reader);
    if (flags.as !== undefined) return terminal.output.print(curlLines(reader, filter));
    const keys = by ?? DEFAULT_BY;
    const lines = formatHttpStats(reader.exchangeStats(filter, keys), keys, readFormat(command), terminal);
    return terminal.output.print(lines);
  });
}

function* curlLines(reader: CaptureReader, filter: ExchangeFilter): Generator<string, void> {
  for (const row of reader.exchanges(filter)) yield* formatCurl(row, reader.captureApi(row.captureId));
}

function readExchangeFilter(flags: HttpFlags, reader: CaptureReader): ExchangeFilter {
  const { id, method, route, status, since, until, session, filter, limit } = flags;
  return {
    id,
    method: method?.toUpperCase(),
    route,
    statuses: status,
    sinceUs: since,
    untilUs: until,
    session: session === undefined ? undefined : reader.resolveSession(session),
    filter,
    limit,
  };
}

function size(bytes: number): string {
  return bytes === 0 ? NOTHING : formatBytes(bytes);
}
