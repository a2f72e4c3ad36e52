/**
 * Statistics as a table for people: a bar for each group's share, the total, the counts over time as a line of blocks
 * (sparkline), a sentence on the heartbeats, and one on what was pruned.
 */
import { basename } from 'node:path';
import {
  HOUR_US,
  MINUTE_US,
  type GroupKey,
  type GroupValues,
  type HeartbeatFigures,
  type PrunedFigures,
  type Stats,
  type StatsFigures,
} from '../../library/queries.js';
import {
  NOTHING,
  bar,
  formatBytes,
  formatCount,
  formatDuration,
  formatMinute,
  formatRate,
  formatRatio,
  formatTime,
  plural,
} from '../../units.js';
import { type Canvas, type Column, Table, totalled } from './table.js';

/** A line of the table: a group, or the total. */
interface Line extends GroupValues, StatsFigures {
  readonly isTotal: boolean;
}

type GroupColumns = Readonly<Record<GroupKey, readonly Column<Line>[]>>;

const GROUP_COLUMNS: GroupColumns = {
  op: [
    { title: 'OP', align: 'right', text: (line) => shown(line.op) },
    {
      title: 'NAME',
      align: 'left',
      text: formatOpName,
      style: (line) => (line.op === null ? 'dim' : 'cyan'),
    },
  ],
  event: [{ title: 'EVENT', align: 'left', text: (line) => line.event ?? NOTHING }],
  sender: [{ title: 'SENDER', align: 'left', text: (line) => line.sender ?? NOTHING }],
  intent: [{ title: 'INTENT', align: 'left', text: (line) => line.intent ?? '(none)' }],
  connection: [{ title: 'CONNECTION', align: 'right', text: (line) => shown(line.connectionId) }],
  session: [{ title: 'SESSION', align: 'right', text: (line) => shown(line.sessionId) }],
  shard: [{ title: 'SHARD', align: 'right', text: (line) => line.shard?.join('/') ?? NOTHING }],
  minute: [{ title: 'MINUTE (UTC)', align: 'left', text: (line) => formatMinute(line.minuteAtUs) }],
  hour: [{ title: 'HOUR (UTC)', align: 'left', text: (line) => formatMinute(line.hourAtUs) }],
  guild: [{ title: 'GUILD', align: 'left', text: (line) => line.guildId ?? NOTHING }],
  channel: [{ title: 'CHANNEL', align: 'left', text: (line) => line.channelId ?? NOTHING }],
  user: [{ title: 'USER', align: 'left', text: (line) => line.userId ?? NOTHING }],
  size: [{ title: 'SIZE', align: 'right', text: (line) => formatSizes(line.sizeFrom) }],
};

/** Where the figures are of several databases, and groups are of the ids of one. */
const FILE_COLUMN: Column<Line> = {
  title: 'FILE',
  align: 'left',
  text: ({ file }) => (file === undefined ? NOTHING : basename(file)),
  style: () => 'dim',
};

const BAR_WIDTH = 12;

/** Most blocks of the line over time, and the width of the text beside it. */
const COURSE_WIDTH = 60;
const COURSE_TEXT = 70;

/** Lines of the table for statistics that were grouped `by`. */
export function* statsTable(stats: Stats, by: readonly GroupKey[], canvas: Canvas): Generator<string, void> {
  const groups = stats.groups.map((group) => ({ ...group, isTotal: false }));
  const file = stats.groups.some((group) => group.file !== undefined) ? [FILE_COLUMN] : [];
  const columns = [
    ...totalled([...file, ...by.flatMap((key) => GROUP_COLUMNS[key])]),
    ...figureColumns(stats),
  ];
  yield* new Table(columns, canvas).lines([...groups, { ...stats.total, isTotal: true }]);
  const notes = [
    ...drawCourse(stats, canvas.width),
    ...heartbeatNotes(stats.heartbeat),
    ...prunedNotes(stats.pruned),
  ];
  if (notes.length > 0) yield* ['', ...notes];
}

/** The counts over time, if they are grouped by time. */
function drawCourse({ groups }: Stats, width: number): readonly string[] {
  const bucketUs = groups[0]?.minuteAtUs === undefined ? HOUR_US : MINUTE_US;
  const counts = groups.flatMap(({ minuteAtUs, hourAtUs, count }) => {
    const atUs = minuteAtUs ?? hourAtUs;
    return atUs === undefined ? [] : [{ atUs, count }];
  });
  const line = sparkline(counts, bucketUs, Math.min(COURSE_WIDTH, Math.max(2, width - COURSE_TEXT)));
  if (line === null) return [];
  const peak = `${formatCount(line.peak.count)} from ${formatMinute(line.peak.atUs)}`;
  return [`time: ${line.blocks}  ${formatDuration(line.blockUs)} a block, at most ${peak}`];
}

/** Left out if sizes were not read. */
const SIZE_COLUMNS: readonly Column<Line>[] = [
  { title: 'P50', align: 'right', text: (line) => size(line.sizeP50), spare: 3 },
  { title: 'P95', align: 'right', text: (line) => size(line.sizeP95), spare: 8 },
  { title: 'P99', align: 'right', text: (line) => size(line.sizeP99), spare: 7 },
  { title: 'MAX', align: 'right', text: (line) => size(line.sizeMax) },
];

function figureColumns({ groups, total }: Stats): readonly Column<Line>[] {
  const largest = Math.max(1, ...groups.map((group) => group.count));
  const share = (line: Line): string => `${((100 * line.count) / Math.max(1, total.count)).toFixed(1)} %`;
  return [
    { title: 'COUNT', align: 'right', text: (line) => formatCount(line.count) },
    { title: 'SHARE', align: 'right', text: share, spare: 5 },
    {
      title: '',
      align: 'left',
      text: (line) => (line.isTotal ? '' : bar(line.count / largest, BAR_WIDTH)),
      style: () => 'green',
      spare: 1,
    },
    { title: 'WIRE', align: 'right', text: (line) => formatBytes(line.wireBytes) },
    { title: 'PAYLOAD', align: 'right', text: (line) => formatBytes(line.payloadBytes), spare: 2 },
    { title: 'RATIO', align: 'right', text: (line) => formatRatio(line.ratio), spare: 6 },
    { title: 'RATE', align: 'right', text: (line) => rate(line.perSecond), spare: 4 },
    ...(total.sizeMax === null ? [] : SIZE_COLUMNS),
  ];
}

function heartbeatNotes({ sent, acked, missed, rttP50Us, rttP99Us }: HeartbeatFigures): readonly string[] {
  if (sent === 0) return [];
  const counts = `${formatCount(sent)} sent, ${formatCount(acked)} acknowledged, ${formatCount(missed)} missed`;
  if (rttP50Us === null || rttP99Us === null) return [`heartbeats: ${counts}`];
  return [
    `heartbeats: ${counts}; round trip p50 ${formatDuration(rttP50Us)}, p99 ${formatDuration(rttP99Us)}`,
  ];
}

/** Deleted frames, which the figures lack. */
function prunedNotes({ frames, payloadBytes, firstAtUs, lastAtUs }: PrunedFigures): readonly string[] {
  if (firstAtUs === null || lastAtUs === null) return [];
  const span = `${formatTime(firstAtUs)} to ${formatTime(lastAtUs)}`;
  return [
    `pruned: ${plural(frames, 'frame')} (${formatBytes(payloadBytes)}) from ${span} are not in these figures`,
  ];
}

/** Sizes of a group by size: from a power of two to below the next. */
function formatSizes(from = 0): string {
  return from === 0 ? '0 B' : `${formatBytes(from)} to ${formatBytes(2 * from)}`;
}

/** Name of the opcode; control frames and undecodable ones have none. */
function formatOpName({ op, opName }: Line): string {
  return op === null ? '(no payload)' : (opName ?? NOTHING);
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : String(value);
}

function rate(perSecond: number | null): string {
  return perSecond === null ? NOTHING : formatRate(perSecond);
}

function size(bytes: number | null): string {
  return bytes === null ? NOTHING : formatBytes(bytes);
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** Count of one bucket of time. */
export interface TimedCount {
  /** Start of the bucket, µs since the Unix epoch. */
  readonly atUs: number;
  readonly count: number;
}

/** A line of blocks, and their meaning. */
export interface Sparkline {
  readonly blocks: string;
  /** Length of one block, in µs. */
  readonly blockUs: number;
  /** Count of the highest block, and its start. */
  readonly peak: TimedCount;
}

/**
 * At most `width` blocks for buckets of `bucketUs`, some of which can be missing or occur several times; null for fewer
 * than two buckets. A gap is a space.
 */
export function sparkline(counts: readonly TimedCount[], bucketUs: number, width: number): Sparkline | null {
  const times = counts.map(({ atUs }) => atUs);
  const first = times.reduce((one, other) => Math.min(one, other), Infinity);
  const last = times.reduce((one, other) => Math.max(one, other), -Infinity);
  if (!(last > first)) return null;
  const blockUs = bucketUs * Math.ceil(((last - first) / bucketUs + 1) / width);
  const sums = new Array<number>(Math.floor((last - first) / blockUs) + 1).fill(0);
  for (const { atUs, count } of counts) {
    const index = Math.floor((atUs - first) / blockUs);
    sums[index] = (sums[index] ?? 0) + count;
  }
  const highest = sums.reduce((one, other) => Math.max(one, other), 0);
  const blocks = sums.map((sum) => (sum === 0 ? ' ' : (LEVELS[Math.ceil((sum * 8) / highest) - 1] ?? ' ')));
  return {
    blocks: blocks.join(''),
    blockUs,
    peak: { atUs: first + sums.indexOf(highest) * blockUs, count: highest },
  };
}
