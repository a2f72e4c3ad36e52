/**
 * `gatetape stats`: counts, sizes and rates by opcode and event, or grouped by `--by`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { choiceKind, commaList } from '../config/kinds.js';
import { UsageError } from '../errors.js';
import {
  GROUP_KEYS,
  type GroupKey,
  type Stats,
  type StatsFigures,
  type StatsGroup,
} from '../library/queries.js';
import { type Format, RowFormatter, plainShape } from './print/format.js';
import { addScopeOptions, readScope } from './options/filters.js';
import { addFleetOptions, isFleetAsked, readFleetScope, withFleet } from './options/fleet.js';
import { readFormat } from './options/format.js';
import { addDatabaseOptions, withDatabases } from './options/databases.js';
import { SearchProgress } from './print/search-progress.js';
import { Screen } from './print/status-line.js';
import { stopSignal } from './process/signals.js';
import { statsTable } from './print/stats-table.js';
import { openTerminal } from './print/terminal.js';
import { typed } from './options/values.js';
import type { Canvas } from './print/table.js';

const EXAMPLES = `
Examples:
  gatetape stats
  gatetape stats --by event --op DISPATCH --since 2h
  gatetape stats --by hour,sender --session latest --format csv
  gatetape stats --by intent                traffic of each intent
  gatetape stats --by guild,event --since 1d
  gatetape stats --by size                  a histogram of payload sizes
  gatetape stats --filter 'event:MESSAGE_* d.author.bot:true' --hide heartbeats
  gatetape stats --watch                    while something is being recorded
  gatetape stats --from http://clickhouse:8123 --since 1d`;

/** Default of `--by`. */
export const DEFAULT_BY: readonly GroupKey[] = ['op', 'event', 'sender'];

/** Interval of `--watch`, in ms. */
const PERIOD_MS = 1_000;

/** Adds the command `stats`. */
export function addStats(program: Command): void {
  const command = program.command('stats').description('statistics by opcode, event and sender, or by --by');
  addScopeOptions(addFleetOptions(addDatabaseOptions(command)))
    .addOption(typed('--by <list>', 'what to group by', GROUP_KEY_LIST))
    .option('--no-sizes', 'leave out the percentiles, which need a pass over all frames')
    .option('--watch', 'repaint the table every second, without percentiles, until Ctrl-C')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface StatsFlags {
  readonly by?: readonly GroupKey[];
  readonly sizes: boolean;
  readonly watch?: boolean;
}

async function run({ by = DEFAULT_BY, sizes, watch = false }: StatsFlags, command: Command): Promise<void> {
  const format = readFormat(command);
  if (isFleetAsked(command)) {
    if (watch) throw new UsageError('--watch repaints figures of a file', 'leave it out with --from');
    const { output, ...canvas } = openTerminal(command);
    await withFleet(command, async (reader) => {
      const stats = await reader.stats({ ...readFleetScope(command, reader), hasSizes: sizes }, by);
      await output.print(statsLines(stats, by, format, canvas));
    });
    return;
  }
  if (watch) requireTerminal(format);
  await withDatabases(command, async (databases, { output }) => {
    const { readStatsOf } = await import('../library/databases.js');
    const scopes = new Map(databases.map(({ reader }) => [reader, readScope(command, reader)]));
    const progress = new SearchProgress('stats', output);
    const formatLines = (hasSizes: boolean): Iterable<string> =>
      // Opened each time, because the width of the terminal can have changed.
      statsLines(
        readStatsOf(
          databases,
          (reader) => ({ ...scopes.get(reader), by, hasSizes }),
          watch ? undefined : progress.add,
        ),
        by,
        format,
        openTerminal(command),
      );
    if (watch) await repaint(() => formatLines(false));
    await output.print(progress.watch(formatLines(sizes && !watch)));
  });
}

function requireTerminal(format: Format): void {
  if (format !== 'table') {
    throw new UsageError(`--watch paints tables, and --format is ${format}`, 'leave one of them out');
  }
  if (!process.stdout.isTTY) {
    throw new UsageError('--watch paints a terminal, and the output goes elsewhere', 'leave --watch out');
  }
}

/** Paints `lines` on the whole terminal, again and again, until the process is stopped. */
async function repaint(lines: () => Iterable<string>): Promise<void> {
  const stop = stopSignal();
  using screen = new Screen(process.stdout);
  while (!stop.aborted) {
    screen.paint([...lines()]);
    await wait(PERIOD_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Keys of groups, as a list such as `op,sender`. */
export const GROUP_KEY_LIST = commaList(choiceKind(...GROUP_KEYS));

const FIGURES = [
  'count',
  'wireBytes',
  'payloadBytes',
  'ratio',
  'perSecond',
  'sizeP50',
  'sizeP95',
  'sizeP99',
  'sizeMax',
  'firstAtUs',
  'lastAtUs',
] as const satisfies readonly (keyof StatsFigures)[];

/** Keys of a group in JSON and CSV, by what it is grouped by. */
const FACTS = {
  op: ['op', 'opName'],
  event: ['event'],
  sender: ['sender'],
  intent: ['intent'],
  connection: ['connectionId'],
  session: ['sessionId'],
  shard: ['shard'],
  minute: ['minuteAtUs'],
  hour: ['hourAtUs'],
  guild: ['guildId'],
  channel: ['channelId'],
  user: ['userId'],
  size: ['sizeFrom'],
} as const satisfies Record<GroupKey, readonly (keyof StatsGroup)[]>;

/** Lines of statistics, grouped `by`, in any format; JSON lines and CSV have only the groups. */
export function statsLines(
  stats: Stats,
  by: readonly GroupKey[],
  format: Format,
  canvas: Canvas,
): Iterable<string> {
  if (format === 'table') return statsTable(stats, by, canvas);
  if (format === 'json') return statsJson(stats);
  const file = stats.groups.some((group) => group.file !== undefined) ? (['file'] as const) : [];
  const shape = plainShape<StatsGroup>([], [...file, ...by.flatMap((key) => FACTS[key]), ...FIGURES]);
  return new RowFormatter(format, shape, canvas).lines(stats.groups);
}

/** One object, a group a line. */
function statsJson({ groups, total, heartbeat, pruned }: Stats): readonly string[] {
  return [
    '{"groups":[',
    ...(groups.length === 0 ? [] : [groups.map((group) => JSON.stringify(group)).join(',\n')]),
    '],',
    `"total":${JSON.stringify(total)},`,
    `"heartbeat":${JSON.stringify(heartbeat)},`,
    `"pruned":${JSON.stringify(pruned)}}`,
  ];
}
