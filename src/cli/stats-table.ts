/**
 * Statistics as a table for people: a bar for each group's share, the total, and the heartbeats in a sentence.
 */
import type { HeartbeatFigures, Stats, StatsFigures } from '../store/stats.js';
import type { GroupFacts, GroupKey } from '../store/stats-groups.js';
import { type Column, Table } from './format.js';
import type { Paint } from './paint.js';
import {
  NOTHING,
  bar,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  formatTime,
} from './units.js';

/** A line of the table: a group with its facts, or the total, which has none. */
interface Line extends GroupFacts, StatsFigures {
  readonly isTotal: boolean;
}

type GroupColumns = Readonly<Record<GroupKey, readonly Column<Line>[]>>;

const GROUP_COLUMNS: GroupColumns = {
  op: [
    { title: 'OP', align: 'right', text: (line) => shown(line.op) },
    { title: 'NAME', align: 'left', text: (line) => line.opName ?? NOTHING, style: () => 'cyan' },
  ],
  event: [{ title: 'EVENT', align: 'left', text: (line) => line.event ?? NOTHING }],
  sender: [{ title: 'SENDER', align: 'left', text: (line) => line.sender ?? NOTHING }],
  connection: [{ title: 'CONNECTION', align: 'right', text: (line) => shown(line.connectionId) }],
  session: [{ title: 'SESSION', align: 'right', text: (line) => shown(line.sessionId) }],
  shard: [{ title: 'SHARD', align: 'right', text: (line) => line.shard?.join('/') ?? NOTHING }],
  minute: [{ title: 'MINUTE (UTC)', align: 'left', text: (line) => startOf(line.minuteAtUs) }],
  hour: [{ title: 'HOUR (UTC)', align: 'left', text: (line) => startOf(line.hourAtUs) }],
};

const BAR_WIDTH = 12;

/** Lines of the table for statistics that were grouped `by`. */
export function* statsTable(stats: Stats, by: readonly GroupKey[], paint: Paint): Generator<string, void> {
  const groups = stats.groups.map((group) => ({ ...group, isTotal: false }));
  const columns = [...totalled(by.flatMap((key) => GROUP_COLUMNS[key])), ...figureColumns(stats)];
  yield* new Table(columns, paint).lines([...groups, { ...stats.total, isTotal: true }]);
  if (stats.heartbeat.sent === 0) return;
  yield '';
  yield heartbeatText(stats.heartbeat);
}

/** The columns, with a word in the first and nothing in the others where the total stands. */
function totalled(columns: readonly Column<Line>[]): readonly Column<Line>[] {
  return columns.map((column, index) => ({
    ...column,
    text: (line) => (line.isTotal ? (index === 0 ? 'total' : '') : column.text(line)),
  }));
}

function figureColumns({ groups, total }: Stats): readonly Column<Line>[] {
  const largest = Math.max(1, ...groups.map((group) => group.count));
  const share = (line: Line): string => `${((100 * line.count) / Math.max(1, total.count)).toFixed(1)} %`;
  return [
    { title: 'COUNT', align: 'right', text: (line) => formatCount(line.count) },
    { title: 'SHARE', align: 'right', text: share },
    {
      title: '',
      align: 'left',
      text: (line) => (line.isTotal ? '' : bar(line.count / largest, BAR_WIDTH)),
      style: () => 'green',
    },
    { title: 'WIRE', align: 'right', text: (line) => formatBytes(line.wireBytes) },
    { title: 'PAYLOAD', align: 'right', text: (line) => formatBytes(line.payloadBytes) },
    { title: 'RATIO', align: 'right', text: (line) => formatRatio(line.ratio) },
    { title: 'RATE', align: 'right', text: (line) => rate(line.perSecond) },
    { title: 'P50', align: 'right', text: (line) => size(line.sizeP50) },
    { title: 'P95', align: 'right', text: (line) => size(line.sizeP95) },
    { title: 'P99', align: 'right', text: (line) => size(line.sizeP99) },
    { title: 'MAX', align: 'right', text: (line) => size(line.sizeMax) },
  ];
}

function heartbeatText({ sent, acked, missed, rttP50Us, rttP99Us }: HeartbeatFigures): string {
  const counts = `${formatCount(sent)} sent, ${formatCount(acked)} acknowledged, ${formatCount(missed)} missed`;
  if (rttP50Us === null || rttP99Us === null) return `heartbeats: ${counts}`;
  return `heartbeats: ${counts}; round trip p50 ${formatDuration(rttP50Us)}, p99 ${formatDuration(rttP99Us)}`;
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : String(value);
}

function startOf(atUs: number | undefined): string {
  return atUs === undefined ? NOTHING : formatTime(atUs).slice(0, 'YYYY-MM-DD HH:MM'.length);
}

function rate(perSecond: number | null): string {
  return perSecond === null ? NOTHING : formatRate(perSecond);
}

function size(bytes: number | null): string {
  return bytes === null ? NOTHING : formatBytes(bytes);
}
