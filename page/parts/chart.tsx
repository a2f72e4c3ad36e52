/**
 * A chart over time or over sizes: stacked areas, lines, points. Dragging over time selects a stretch. Each chart has a
 * table of its values.
 *
 * It is drawn as SVG without a library: charts have at most some hundred bins, the style sheet colours both themes, and
 * uPlot, which was tried, needs 25 of the 60 kB that the whole page may have.
 */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatTime } from '../../src/units.js';
import { navigate } from '../state/address.js';
import {
  Axes,
  BOTTOM,
  createScales,
  HEIGHT,
  LEFT,
  Shapes,
  TOP,
  type ChartProps,
  type DrawnProps,
  type Scales,
} from './chart-shapes.js';

/** A chart with its title. */
export function Chart(props: ChartProps): JSX.Element {
  const [isTable, setTable] = useState(false);
  return (
    <section class="chart" aria-label={props.title}>
      <div class="chart-head">
        <h2>{props.title}</h2>
        <span class="dim chart-note">{props.note}</span>
        <span class="spring" />
        <button aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          table
        </button>
      </div>
      {isTable ? <ChartTable {...props} /> : <Plot {...props} />}
      <ul class="legend">
        {props.series.map(({ label, colour }) => (
          <li key={label} class={colour}>
            <span class="swatch" aria-hidden="true" />
            {label}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ChartTable({ title, xs, series, formatX = formatTime, formatY }: ChartProps): JSX.Element {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={`${title} as a table`}>
      <table>
        <thead>
          <tr>
            <td />
            {series.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {xs.map((x, index) => (
            <tr key={x}>
              <th scope="row">{formatX(x)}</th>
              {series.map(({ label, values }) => {
                const value = values[index] ?? null;
                return (
                  <td key={label} class="number">
                    {value === null ? '–' : formatY(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Plot(props: ChartProps): JSX.Element {
  const { xs, series, formatX, title } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const scales = useMemo(
    () => createScales(props, width),
    [xs, series, width, props.range?.[0], props.range?.[1]],
  );
  const [pointer, setPointer] = useState<number | null>(null);
  const [dragFrom, setDragFrom] = useState<number | null>(null);
  const toX = (event: PointerEvent): number => {
    const { left } = box.current?.getBoundingClientRect() ?? { left: 0 };
    return Math.max(LEFT, Math.min(width, event.clientX - left));
  };
  const label = `${title}: ${series.map((one) => one.label).join(', ')}. The button “table” shows the values.`;
  return (
    <div
      class={formatX === undefined ? 'plot selects' : 'plot'}
      ref={box}
      role="img"
      aria-label={label}
      onPointerMove={(event) => setPointer(toX(event))}
      onPointerLeave={() => {
        if (dragFrom === null) setPointer(null);
      }}
      onPointerDown={(event) => {
        if (formatX !== undefined || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragFrom(toX(event));
      }}
      onPointerUp={(event) => {
        if (dragFrom !== null) selectStretch(scales, dragFrom, toX(event));
        setDragFrom(null);
      }}
      onPointerCancel={() => setDragFrom(null)}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true">
        <Axes {...props} scales={scales} />
        <Shapes {...props} scales={scales} />
        {dragFrom !== null && pointer !== null && (
          <rect
            class="chosen"
            x={Math.min(dragFrom, pointer)}
            width={Math.abs(pointer - dragFrom)}
            y={TOP}
            height={HEIGHT - TOP - BOTTOM}
          />
        )}
      </svg>
      {pointer !== null && <Tip {...props} scales={scales} pointer={pointer} />}
    </div>
  );
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(400);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => setWidth(Math.max(160, element.clientWidth));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Values at the pointer. */
function Tip({
  xs,
  series,
  bin,
  formatX = formatTime,
  formatY,
  scales: { toX, width },
  pointer,
}: DrawnProps & { readonly pointer: number }): JSX.Element | null {
  const index = xs.findLastIndex((x) => toX(x) <= pointer);
  const x = xs[index];
  if (x === undefined || toX(x + bin) < pointer - 8) return null;
  const lines = series.flatMap(({ label, values }) => {
    const value = values[index] ?? null;
    return value === null || value === 0 ? [] : [`${label} ${formatY(value)}`];
  });
  const isRight = pointer > width / 2;
  return (
    <>
      <div class="cross" style={{ left: `${pointer}px` }} />
      <div
        class="tip"
        style={isRight ? { right: `${width - pointer + 10}px` } : { left: `${pointer + 10}px` }}
      >
        {[formatX(x), ...lines].join('\n')}
      </div>
    </>
  );
}

function selectStretch({ from, until, width }: Scales, one: number, other: number): void {
  if (Math.abs(one - other) < 3) return;
  const toTime = (x: number): number => from + ((x - LEFT) / (width - LEFT)) * (until - from);
  const fromUs = Math.floor(toTime(Math.min(one, other)));
  navigate({ stretch: { fromUs: Math.max(0, fromUs), untilUs: Math.ceil(toTime(Math.max(one, other))) } });
}
