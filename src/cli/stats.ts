/**
 * `gatetape stats`: how often, how large and how fast, by opcode and event or whatever `--by` says.
 */
import type { Command } from 'commander';
import type { Stats, StatsFigures, StatsGroup, StatsQuery } from '../store/stats.js';
import { GROUP_KEYS, type GroupKey } from '../store/stats-groups.js';
import { type Format, RowFormatter, plainShape } from './format.js';
import { addScopeOptions, scopeOf } from './filters.js';
import { addQueryOptions, formatOf, withReader } from './query.js';
import { statsTable } from './stats-table.js';
import { typed, wordsOf } from './values.js';
import type { Canvas } from './table.js';

const EXAMPLES = `
Examples:
  gatetape stats
  gatetape stats --by event --op DISPATCH --since 2h
  gatetape stats --by hour,sender --session latest --format csv`;

/** What is grouped by without `--by`. */
export const DEFAULT_BY: readonly GroupKey[] = ['op', 'event', 'sender'];

/** Adds the command `stats`. */
export function addStats(program: Command): void {
  const command = program
    .command('stats')
    .description('figures by opcode, event and sender, or as --by says');
  addScopeOptions(addQueryOptions(command))
    .addOption(typed('--by <list>', 'what to group by', `some of ${GROUP_KEYS.join(',')}`, parseGroupKeys))
    .option('--no-sizes', 'leave out the percentiles, which need a pass over all frames')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface StatsFlags {
  readonly by?: readonly GroupKey[];
  readonly sizes: boolean;
}

async function run({ by = DEFAULT_BY, sizes }: StatsFlags, command: Command): Promise<void> {
  await withReader(command, async (reader, terminal) => {
    const query: StatsQuery = { ...scopeOf(command, reader), by, hasSizes: sizes };
    await terminal.output.print(statsLines(reader.stats(query), by, formatOf(command), terminal));
  });
}

/** Keys of groups from a list such as `op,sender`, each once; null when one is unknown. */
export const parseGroupKeys = wordsOf(GROUP_KEYS);

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

/** Keys that a group has in JSON and CSV for what it was grouped by. */
const FACTS = {
  op: ['op', 'opName'],
  event: ['event'],
  sender: ['sender'],
  connection: ['connectionId'],
  session: ['sessionId'],
  shard: ['shard'],
  minute: ['minuteAtUs'],
  hour: ['hourAtUs'],
} as const satisfies Record<GroupKey, readonly (keyof StatsGroup)[]>;

/** Lines of statistics, grouped `by`, in any format; JSON lines and CSV carry the groups alone. */
export function statsLines(
  stats: Stats,
  by: readonly GroupKey[],
  format: Format,
  canvas: Canvas,
): Iterable<string> {
  if (format === 'table') return statsTable(stats, by, canvas);
  if (format === 'json') return statsJson(stats);
  const shape = plainShape<StatsGroup>([], [...by.flatMap((key) => FACTS[key]), ...FIGURES]);
  return new RowFormatter(format, shape, canvas).lines(stats.groups);
}

/** One object, a group a line. */
function statsJson({ groups, total, heartbeat }: Stats): readonly string[] {
  return [
    '{"groups":[',
    ...(groups.length === 0 ? [] : [groups.map((group) => JSON.stringify(group)).join(',\n')]),
    '],',
    `"total":${JSON.stringify(total)},`,
    `"heartbeat":${JSON.stringify(heartbeat)}}`,
  ];
}
