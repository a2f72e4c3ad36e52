/**
 * The time ruler: the whole recording in one strip, with a brush that selects a stretch for every view.
 *
 * Traffic is stacked by family, gaps are hatched, marks are ticks. Dragging selects a stretch. Its edges and its middle
 * can be dragged or moved with the arrow keys.
 */
import { useSignal, type Signal } from '@preact/signals';
import type { JSX, TargetedPointerEvent } from 'preact';
import type { OverviewAnswer, PageMark, TimeBins } from '../../src/ui/answers.js';
import { formatDuration, formatTime } from '../../src/units.js';
import { navigate, stretch, type Stretch } from '../state/address.js';
import { FAMILIES } from '../state/families.js';
import { drawArea, sumStack } from './stack.js';

/** Height of the strip in units of its drawing; its width is 1,000 units. */
const HEIGHT = 40;
const WIDTH = 1_000;

/** A drag shorter than this part of the strip is a click. */
const LEAST_PART = 0.003;

/** Most ticks that are drawn; more are drawn as one band. */
const MAX_TICKS = 600;

/** The ruler of a recording. */
export function Ruler({ overview }: { readonly overview: OverviewAnswer | null }): JSX.Element {
  const whole = overview?.source.span ?? null;
  const dragged = useSignal<Stretch | null>(null);
  if (overview === null || whole === null) return <section class="ruler" aria-label="Time" />;
  const chosen = dragged.value ?? stretch.value;
  return (
    <section class="ruler" aria-label="Time">
      <div
        class="ruler-strip"
        onPointerDown={(event) => startDrag(event, whole, dragged)}
        onDblClick={() => navigate({ stretch: null })}
      >
        <Drawing bins={overview.bins} marks={overview.marks} whole={whole} />
        {chosen !== null && <Brush chosen={chosen} whole={whole} dragged={dragged} />}
      </div>
      <RulerFoot whole={whole} chosen={chosen} />
    </section>
  );
}

function RulerFoot({
  whole,
  chosen,
}: {
  readonly whole: Stretch;
  readonly chosen: Stretch | null;
}): JSX.Element {
  const end = formatTime(whole.untilUs).slice(11, 19);
  return (
    <div class="ruler-foot">
      <span class="dim">{formatTime(whole.fromUs).slice(0, 19)}</span>
      {chosen === null ? (
        <span class="dim ruler-hint">drag to select a stretch of time (UTC)</span>
      ) : (
        <span class="ruler-chosen">
          {formatTime(chosen.fromUs).slice(11, 23)} – {formatTime(chosen.untilUs).slice(11, 23)}
          <span class="dim"> · {formatDuration(chosen.untilUs - chosen.fromUs)}</span>
          <button aria-label="Show all of the time" onClick={() => navigate({ stretch: null })}>
            ×
          </button>
        </span>
      )}
      <span class="dim">
        {end} · {formatDuration(whole.untilUs - whole.fromUs)}
      </span>
    </div>
  );
}

function Drawing({
  bins,
  marks,
  whole,
}: {
  readonly bins: TimeBins | null;
  readonly marks: readonly PageMark[];
  readonly whole: Stretch;
}): JSX.Element {
  const toX = (atUs: number): number => ((atUs - whole.fromUs) / (whole.untilUs - whole.fromUs)) * WIDTH;
  const ticks = marks.filter(({ type }) => type !== 'gap' && type !== 'open').slice(-MAX_TICKS);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="6" class="hatch-line" />
        </pattern>
      </defs>
      {bins !== null &&
        drawFamilies(bins, toX).map(({ family, path }) => (
          <path key={family} d={path} class={`area family-${family}`} />
        ))}
      {marks.map((mark, index) =>
        mark.type === 'gap' ? (
          <rect
            key={index}
            x={toX(mark.atUs)}
            width={Math.max(2, toX(mark.untilUs ?? mark.atUs) - toX(mark.atUs))}
            height={HEIGHT}
            fill="url(#hatch)"
          />
        ) : null,
      )}
      {ticks.map((mark, index) => (
        <line
          key={index}
          x1={toX(mark.atUs)}
          x2={toX(mark.atUs)}
          y1={mark.isTrouble ? 0 : HEIGHT - 6}
          y2={mark.isTrouble ? 14 : HEIGHT}
          class={mark.isTrouble ? 'tick trouble' : 'tick'}
          vector-effect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

/** Stacked areas of the families, in steps. */
function drawFamilies(
  bins: TimeBins,
  toX: (atUs: number) => number,
): readonly { readonly family: string; readonly path: string }[] {
  const series = FAMILIES.flatMap((family) => bins.series.find((one) => one.family === family) ?? []);
  const sums = sumStack(
    series.map(({ frames }) => frames),
    bins.count,
  );
  const most = (sums.at(-1) ?? []).reduce((one, other) => Math.max(one, other), 1);
  // The square root keeps quiet times visible beside a burst.
  const toY = (amount: number): number => HEIGHT - 3 - (HEIGHT - 6) * Math.sqrt(amount / most);
  const xAt = (index: number): number => toX(bins.startUs + index * bins.binUs);
  return series.map(({ family }, index) => ({
    family,
    path: drawArea(sums[index - 1], sums[index] ?? [], xAt, toY),
  }));
}

function Brush({
  chosen,
  whole,
  dragged,
}: {
  readonly chosen: Stretch;
  readonly whole: Stretch;
  readonly dragged: Signal<Stretch | null>;
}): JSX.Element {
  const length = whole.untilUs - whole.fromUs;
  const toPart = (atUs: number): number => Math.min(1, Math.max(0, (atUs - whole.fromUs) / length));
  const left = toPart(chosen.fromUs);
  const right = toPart(chosen.untilUs);
  const move = (fromUs: number, untilUs: number): void => {
    const step = length / 100;
    const span = {
      fromUs: Math.round(Math.max(whole.fromUs, chosen.fromUs + fromUs * step)),
      untilUs: Math.round(Math.min(whole.untilUs, chosen.untilUs + untilUs * step)),
    };
    if (span.untilUs > span.fromUs) navigate({ stretch: span }, 'replace');
  };
  const handle = (edge: 'from' | 'until', atUs: number): JSX.Element => (
    <div
      class={`brush-edge ${edge}`}
      role="slider"
      aria-label={edge === 'from' ? 'Begin of the stretch' : 'End of the stretch'}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(toPart(atUs) * 100)}
      aria-valuetext={formatTime(atUs)}
      tabIndex={0}
      data-edge={edge}
      onKeyDown={({ key }) => {
        const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
        if (step !== 0) move(edge === 'from' ? step : 0, edge === 'until' ? step : 0);
      }}
    />
  );
  return (
    <>
      <div class="brush-shade" style={{ left: 0, width: `${left * 100}%` }} />
      <div class="brush-shade" style={{ left: `${right * 100}%`, right: 0 }} />
      <div
        class={dragged.value === null ? 'brush' : 'brush dragged'}
        data-edge="middle"
        style={{ left: `${left * 100}%`, width: `${Math.max(0.1, (right - left) * 100)}%` }}
      >
        {handle('from', chosen.fromUs)}
        {handle('until', chosen.untilUs)}
      </div>
    </>
  );
}

/** Follows the pointer until its release: selects the stretch under it, or moves the part that it dragged. */
function startDrag(
  event: TargetedPointerEvent<HTMLDivElement>,
  whole: Stretch,
  dragged: Signal<Stretch | null>,
): void {
  if (event.button !== 0) return;
  const strip = event.currentTarget;
  const { left, width } = strip.getBoundingClientRect();
  const toUs = (x: number): number =>
    whole.fromUs + Math.min(1, Math.max(0, (x - left) / width)) * (whole.untilUs - whole.fromUs);
  const startUs = toUs(event.clientX);
  const before = stretch.value;
  const edge = event.target instanceof HTMLElement ? event.target.dataset['edge'] : undefined;
  const follow = ({ clientX }: PointerEvent): void => {
    dragged.value = dragTo(toUs(clientX), startUs, before, edge, whole);
  };
  const finish = (released: PointerEvent): void => {
    strip.removeEventListener('pointermove', follow);
    strip.removeEventListener('pointerup', finish);
    strip.removeEventListener('pointercancel', finish);
    const span = dragged.value;
    dragged.value = null;
    if (span === null || released.type === 'pointercancel') return;
    const part = (span.untilUs - span.fromUs) / (whole.untilUs - whole.fromUs);
    if (part < LEAST_PART && edge === undefined) return;
    navigate({ stretch: { fromUs: Math.floor(span.fromUs), untilUs: Math.ceil(span.untilUs) } });
  };
  strip.setPointerCapture(event.pointerId);
  strip.addEventListener('pointermove', follow);
  strip.addEventListener('pointerup', finish);
  strip.addEventListener('pointercancel', finish);
}

function dragTo(
  atUs: number,
  startUs: number,
  before: Stretch | null,
  edge: string | undefined,
  whole: Stretch,
): Stretch {
  const between = (one: number, other: number): Stretch => ({
    fromUs: Math.min(one, other),
    untilUs: Math.max(one, other) + 1,
  });
  if (before === null || edge === undefined) return between(startUs, atUs);
  if (edge === 'from') return between(atUs, before.untilUs);
  if (edge === 'until') return between(before.fromUs, atUs);
  const least = whole.fromUs - before.fromUs;
  const most = whole.untilUs - before.untilUs;
  const moved = Math.min(most, Math.max(least, atUs - startUs));
  return { fromUs: before.fromUs + moved, untilUs: before.untilUs + moved };
}
