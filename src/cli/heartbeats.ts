/**
 * `gatetape heartbeats`: lists round trips one by one, or their figures grouped by `--by`.
 */
import type { Command } from 'commander';
import { choiceKind, commaList, expecting } from '../config/kinds.js';
import {
  HEARTBEAT_GROUP_KEYS,
  type CaptureReader,
  type HeartbeatGroup,
  type HeartbeatGroupKey,
  type HeartbeatRow,
} from '../library/queries.js';
import { addPlaceOptions, addTimeOptions, readPlace } from './options/filters.js';
import { addDatabaseOptions, printAll, withDatabases } from './options/databases.js';
import { COUNT, NUMBER, typed } from './options/values.js';
import { plainShape } from './print/format.js';
import type { Column } from './print/table.js';
import { formatCount, formatDuration, formatMinute, formatTime, NOTHING } from '../units.js';

const EXAMPLES = `
Examples:
  gatetape heartbeats --by minute --session latest
  gatetape heartbeats --by shard
  gatetape heartbeats --since 10m --format csv`;

const shown = (value: number | null | undefined): string => (value == null ? NOTHING : String(value));
const duration = (us: number | null): string => (us === null ? NOTHING : formatDuration(us));

const COLUMNS: readonly Column<HeartbeatRow>[] = [
  { title: 'ID', align: 'right', text: (row) => String(row.id) },
  { title: 'SENT (UTC)', align: 'left', text: (row) => formatTime(row.sentAtUs) },
  { title: 'CONNECTION', align: 'right', text: (row) => String(row.connectionId), spare: 1 },
  { title: 'SESSION', align: 'right', text: (row) => shown(row.sessionId), spare: 2 },
  {
    title: 'ROUND TRIP',
    align: 'right',
    text: (row) => (row.rttUs === null ? 'missed' : formatDuration(row.rttUs)),
    style: (row) => (row.rttUs === null ? 'red' : 'plain'),
  },
];

const SHAPE = plainShape<HeartbeatRow>(COLUMNS, [
  'id',
  'connectionId',
  'sessionId',
  'sentAtUs',
  'ackedAtUs',
  'rttUs',
]);

interface GroupOutput {
  readonly key: keyof HeartbeatGroup;
  readonly column: Column<HeartbeatGroup>;
}

const GROUPED_BY: Readonly<Record<HeartbeatGroupKey, GroupOutput>> = {
  minute: {
    key: 'minuteAtUs',
    column: { title: 'MINUTE (UTC)', align: 'left', text: (group) => formatMinute(group.minuteAtUs) },
  },
  hour: {
    key: 'hourAtUs',
    column: { title: 'HOUR (UTC)', align: 'left', text: (group) => formatMinute(group.hourAtUs) },
  },
  connection: {
    key: 'connectionId',
    column: { title: 'CONNECTION', align: 'right', text: (group) => shown(group.connectionId) },
  },
  session: {
    key: 'sessionId',
    column: { title: 'SESSION', align: 'right', text: (group) => shown(group.sessionId) },
  },
  shard: {
    key: 'shard',
    column: { title: 'SHARD', align: 'right', text: (group) => group.shard?.join('/') ?? NOTHING },
  },
};

const FIGURE_COLUMNS: readonly Column<HeartbeatGroup>[] = [
  { title: 'SENT', align: 'right', text: (group) => formatCount(group.sent) },
  { title: 'ACKED', align: 'right', text: (group) => formatCount(group.acked), spare: 1 },
  {
    title: 'MISSED',
    align: 'right',
    text: (group) => formatCount(group.missed),
    style: (group) => (group.missed > 0 ? 'red' : 'plain'),
  },
  { title: 'P50', align: 'right', text: (group) => duration(group.rttP50Us) },
  { title: 'P99', align: 'right', text: (group) => duration(group.rttP99Us) },
  { title: 'MAX', align: 'right', text: (group) => duration(group.rttMaxUs), spare: 2 },
];

/** Adds the command `heartbeats`. */
export function addHeartbeats(program: Command): void {
  const command = program
    .command('heartbeats')
    .description('list the round trips of heartbeats, or statistics of them');
  addPlaceOptions(addTimeOptions(addDatabaseOptions(command)))
    .addOption(typed('--shard <number>', 'one shard', expecting('a number from 0', NUMBER)))
    .addOption(typed('--by <list>', 'figures by', commaList(choiceKind(...HEARTBEAT_GROUP_KEYS))))
    .addOption(typed('--limit <count>', 'only the newest of them', COUNT))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

interface HeartbeatFlags {
  readonly by?: readonly HeartbeatGroupKey[];
  readonly shard?: number;
  readonly limit?: number;
}

async function run({ by, shard, limit }: HeartbeatFlags, command: Command): Promise<void> {
  await withDatabases(command, (databases, terminal) => {
    const makeFilter = (reader: CaptureReader) => ({ ...readPlace(command, reader), shard, limit });
    if (by === undefined)
      return printAll(command, terminal, databases, {
        read: (reader) => reader.heartbeats(makeFilter(reader)),
        shape: SHAPE,
        atUs: (row) => row.sentAtUs,
        limit,
      });
    const outputs = by.map((key) => GROUPED_BY[key]);
    const shape = plainShape<HeartbeatGroup>(
      [...outputs.map(({ column }) => column), ...FIGURE_COLUMNS],
      [...outputs.map(({ key }) => key), 'sent', 'acked', 'missed', 'rttP50Us', 'rttP99Us', 'rttMaxUs'],
    );
    // Figures of several databases stay apart: each is of one recorder at a time.
    return printAll(command, terminal, databases, {
      read: (reader) => reader.heartbeatGroups(makeFilter(reader), by),
      shape,
      atUs: (group) => group.minuteAtUs ?? group.hourAtUs ?? null,
    });
  });
}
