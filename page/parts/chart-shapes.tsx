/**
 * SVG shapes of a chart: axes, stacked areas, lines and points.
 */
import type { ComponentChildren, JSX } from 'preact';
import { formatTime } from '../../src/units.js';
import { drawArea, sumStack } from './stack.js';
import { listAmounts, listTimes } from './ticks.js';

/** A series of a chart; `colour` is a class of the style sheet. */
export interface ChartSeries {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly shape: 'stack' | 'line' | 'points';
}

/** Data of a chart. */
export interface ChartProps {
  readonly title: string;
  /** Starts of the bins: times in µs, or other values that `formatX` formats. Ascending. */
  readonly xs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly formatY: (value: number) => string;
  /** Whether round amounts are multiples of powers of 1,024. */
  readonly isBinary?: boolean;
  /** Missing for times, in which a reader can select a stretch. */
  readonly formatX?: (value: number) => string;
  /** Width of a bin, in the unit of `xs`. */
  readonly bin: number;
  /** Range of the horizontal axis; by default that of the data. */
  readonly range?: readonly [from: number, until: number];
  readonly note?: ComponentChildren;
}

/** Height of the drawing, and margins of the plot, in px. */
export const HEIGHT = 148;
export const LEFT = 60;
export const BOTTOM = 20;
export const TOP = 8;

/** Positions of values on the drawing. */
export interface Scales {
  readonly width: number;
  readonly from: number;
  readonly until: number;
  readonly most: number;
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
}

/** Scales for a width in px. */
export function createScales(props: ChartProps, width: number): Scales {
  const { xs, bin, range, series } = props;
  const from = range?.[0] ?? xs[0] ?? 0;
  const until = Math.max(from + 1, range?.[1] ?? (xs.at(-1) ?? 0) + bin);
  const stacked = sumStack(
    series.filter(({ shape }) => shape === 'stack').map(({ values }) => values),
    xs.length,
  );
  const tops = [
    stacked.at(-1) ?? [],
    ...series.filter(({ shape }) => shape !== 'stack').map(({ values }) => values),
  ];
  const most = tops.flat().reduce<number>((one, other) => Math.max(one, other ?? 0), 0);
  const scale = (width - LEFT) / (until - from);
  const height = HEIGHT - TOP - BOTTOM;
  return {
    width,
    from,
    until,
    most,
    toX: (x) => LEFT + (x - from) * scale,
    toY: (y) => TOP + height * (1 - y / (most * 1.05 || 1)),
  };
}

/** A chart with its scales. */
export type DrawnProps = ChartProps & { readonly scales: Scales };

/** Lines and texts of both axes. */
export function Axes({ xs, formatX, formatY, isBinary = false, scales }: DrawnProps): JSX.Element {
  const { width, from, until, most, toX, toY } = scales;
  const amounts = listAmounts(most, 3, isBinary);
  return (
    <g class="axes">
      {amounts.map((amount) => (
        <g key={amount}>
          <line x1={LEFT} x2={width} y1={toY(amount)} y2={toY(amount)} />
          <text x={LEFT - 6} y={toY(amount) + 4} text-anchor="end">
            {formatY(amount)}
          </text>
        </g>
      ))}
      {formatX === undefined
        ? listTimeMarks(from, until, width).map(({ atUs, text }) => (
            <text key={atUs} x={toX(atUs)} y={HEIGHT - 6} text-anchor="middle">
              {text}
            </text>
          ))
        : listEvery(xs, Math.max(1, Math.floor((width - LEFT) / 64))).map((x) => (
            <text key={x} x={toX(x)} y={HEIGHT - 6} text-anchor="start">
              {formatX(x)}
            </text>
          ))}
    </g>
  );
}

/** Takes at most `count` of some values, in regular distances. */
function listEvery(xs: readonly number[], count: number): readonly number[] {
  const step = Math.ceil(xs.length / count);
  return xs.filter((_, index) => index % step === 0);
}

/** Formats times of an axis: days, minutes, seconds or less, depending on the step between them. */
export function listTimeMarks(
  fromUs: number,
  untilUs: number,
  width: number,
): readonly { readonly atUs: number; readonly text: string }[] {
  const { stepUs, timesUs } = listTimes(fromUs, untilUs, Math.max(2, Math.floor(width / 96)));
  const [start, end] =
    stepUs >= 86_400_000_000
      ? [5, 10]
      : stepUs >= 60_000_000
        ? [11, 16]
        : stepUs >= 1_000_000
          ? [11, 19]
          : [14, 23];
  // A text at the end would be cut, and a text at the start would be under the other axis.
  const edgeUs = ((untilUs - fromUs) * 36) / Math.max(1, width);
  return timesUs
    .filter((atUs) => atUs < untilUs - edgeUs && atUs > fromUs + edgeUs / 2)
    .map((atUs) => ({ atUs, text: formatTime(atUs).slice(start, end) }));
}

/** Areas, lines and points. */
export function Shapes({ xs, series, bin, scales }: DrawnProps): JSX.Element {
  const { toX, toY } = scales;
  const stacked = series.filter(({ shape }) => shape === 'stack');
  const sums = sumStack(
    stacked.map(({ values }) => values),
    xs.length,
  );
  // Empty bins can be missing, so a bin ends one width after its start and not at the start of the next one.
  const xAt = (index: number): number =>
    Math.min(scales.width, Math.max(LEFT, toX(xs[index] ?? (xs[index - 1] ?? 0) + bin)));
  const isWhole = xs.every((x, index) => index === 0 || x - (xs[index - 1] ?? 0) <= bin * 1.001);
  return (
    <>
      {stacked.map(({ label, colour }, index) => (
        <path
          key={label}
          class={`area ${colour}`}
          d={
            isWhole
              ? drawArea(sums[index - 1], sums[index] ?? [], xAt, toY)
              : drawBars(sums[index - 1], sums[index] ?? [], xs, bin, scales)
          }
        />
      ))}
      {series
        .filter(({ shape }) => shape !== 'stack')
        .map((one) => (
          <LineShape key={one.label} series={one} xs={xs} bin={bin} scales={scales} />
        ))}
    </>
  );
}

function drawBars(
  lower: readonly number[] | undefined,
  upper: readonly number[],
  xs: readonly number[],
  bin: number,
  { toX, toY, width: most }: Scales,
): string {
  const clip = (x: number): number => Math.min(most, Math.max(LEFT, x));
  return upper
    .map((amount, index) => {
      const left = clip(toX(xs[index] ?? 0));
      const width = Math.max(1.5, clip(toX((xs[index] ?? 0) + bin)) - left);
      return `M${left},${toY(lower?.[index] ?? 0)}V${toY(amount)}h${width}V${toY(lower?.[index] ?? 0)}Z`;
    })
    .join('');
}

/** Most points of a line with a mark on each; longer lines have no marks. */
const MAX_DOTS = 80;

function LineShape({
  series: { values, colour, shape },
  xs,
  bin,
  scales: { toX, toY },
}: {
  readonly series: ChartSeries;
  readonly xs: readonly number[];
  readonly bin: number;
  readonly scales: Scales;
}): JSX.Element {
  const points = values.flatMap((value, index) =>
    value === null ? [] : [[toX((xs[index] ?? 0) + bin / 2), toY(value)] as const],
  );
  const isDotted = shape === 'points' || points.length <= MAX_DOTS;
  return (
    <g class={`line ${colour}`}>
      {shape === 'line' && (
        <path d={points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x},${y}`).join('')} />
      )}
      {isDotted && points.map(([x, y]) => <circle key={x} cx={x} cy={y} r={shape === 'points' ? 4 : 2} />)}
    </g>
  );
}
