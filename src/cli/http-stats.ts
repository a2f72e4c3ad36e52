/**
 * Figures of REST calls as text: a table with a total, JSON, JSON lines or CSV.
 */
import type {
  ExchangeFigures,
  ExchangeGroup,
  ExchangeGroupValues,
  ExchangeGroupKey,
  ExchangeStats,
} from '../library/queries.js';
import { type Format, RowFormatter, plainShape } from './print/format.js';
import { type Canvas, type Column, Table, totalled } from './print/table.js';
import { NOTHING, formatBytes, formatCount, formatDuration, formatMinute } from '../units.js';

/** A line of the table: a group, or the total. */
interface Line extends ExchangeGroupValues, ExchangeFigures {
  readonly isTotal: boolean;
}

const FACTS = {
  method: 'method',
  route: 'route',
  status: 'status',
  minute: 'minuteAtUs',
  hour: 'hourAtUs',
} as const satisfies Record<ExchangeGroupKey, keyof ExchangeGroupValues>;

const GROUP_COLUMNS: Readonly<Record<ExchangeGroupKey, Column<Line>>> = {
  method: { title: 'METHOD', align: 'left', text: (line) => line.method ?? NOTHING, style: () => 'cyan' },
  route: { title: 'ROUTE', align: 'left', text: (line) => line.route ?? NOTHING },
  status: {
    title: 'STATUS',
    align: 'right',
    text: (line) => String(line.status ?? 'none'),
    style: statusStyle,
  },
  minute: { title: 'MINUTE (UTC)', align: 'left', text: (line) => formatMinute(line.minuteAtUs) },
  hour: { title: 'HOUR (UTC)', align: 'left', text: (line) => formatMinute(line.hourAtUs) },
};

const FIGURE_COLUMNS: readonly Column<Line>[] = [
  { title: 'CALLS', align: 'right', text: (line) => formatCount(line.count) },
  {
    title: 'ERRORS',
    align: 'right',
    text: (line) => (line.errors === 0 ? NOTHING : formatCount(line.errors)),
    style: (line) => (line.errors === 0 ? 'plain' : 'red'),
  },
  { title: 'SENT', align: 'right', text: (line) => formatBytes(line.requestBytes), spare: 3 },
  { title: 'GOT', align: 'right', text: (line) => formatBytes(line.responseBytes), spare: 2 },
  { title: 'P50', align: 'right', text: (line) => duration(line.durationP50Us) },
  { title: 'P95', align: 'right', text: (line) => duration(line.durationP95Us), spare: 4 },
  { title: 'P99', align: 'right', text: (line) => duration(line.durationP99Us), spare: 1 },
  { title: 'MAX', align: 'right', text: (line) => duration(line.durationMaxUs), spare: 5 },
];

const FIGURES = [
  'count',
  'errors',
  'requestBytes',
  'responseBytes',
  'durationP50Us',
  'durationP95Us',
  'durationP99Us',
  'durationMaxUs',
  'firstAtUs',
  'lastAtUs',
] as const satisfies readonly (keyof ExchangeFigures)[];

/** Lines of figures, grouped `by`, in any format; JSON lines and CSV have only the groups. */
export function formatHttpStats(
  { groups, total }: ExchangeStats,
  by: readonly ExchangeGroupKey[],
  format: Format,
  canvas: Canvas,
): Iterable<string> {
  if (format === 'json') return [JSON.stringify({ groups, total })];
  if (format !== 'table') {
    const shape = plainShape<ExchangeGroup>([], [...by.map((key) => FACTS[key]), ...FIGURES]);
    return new RowFormatter(format, shape, canvas).lines(groups);
  }
  const columns = [...totalled(by.map((key) => GROUP_COLUMNS[key])), ...FIGURE_COLUMNS];
  const lines: readonly Line[] = groups.map((group) => ({ ...group, isTotal: false }));
  return new Table(columns, canvas).lines([...lines, { ...total, isTotal: true }]);
}

function statusStyle({ status, isTotal }: Line): 'plain' | 'red' {
  const isError = status === null || (status !== undefined && status >= 400);
  return isError && !isTotal ? 'red' : 'plain';
}

function duration(us: number | null): string {
  return us === null ? NOTHING : formatDuration(us);
}
