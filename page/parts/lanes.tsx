/**
 * Lanes of sessions over time. A connection is a bar with a sign for its kind of end; a resume is an arc to the next bar;
 * round trips of heartbeats are a thin line in the bar. Only visible lanes are drawn.
 */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConnectionBar, PageMark } from '../../src/ui/answers.js';
import { formatDuration, formatTime, plural } from '../../src/units.js';
import { findEnd, type Lane } from '../data/session-lanes.js';
import { formatAddress, navigate, type Stretch } from '../state/address.js';
import { listTimeMarks } from './chart-shapes.js';
import { isNarrow } from './media.js';
import { showText } from './plain-text.js';

const LANE_PX = 36;
const BAR_TOP = 8;
const BAR_PX = 20;
const SPARE_LANES = 4;
/** Width of the sign and the code of an end, in px. */
const SIGN_PX = 56;

/** Data and callbacks of the lanes. */
export interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly marks: readonly PageMark[];
  readonly span: Stretch;
  readonly picked: number | null;
  readonly pick: (sessionId: number) => void;
  /** `part`: position of the pointer, from 0 to 1. */
  readonly zoom: (factor: number, part: number) => void;
  readonly move: (part: number) => void;
}

/** The lanes. */
export function Lanes(props: LanesProps): JSX.Element {
  const { lanes, span } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 800, height: 400, top: 0 });
  const labelPx = isNarrow.value ? 92 : 176;
  useSize(scroller, setSize);
  useWheel(scroller, props, labelPx);
  const width = Math.max(100, size.width - labelPx - 8);
  const from = Math.max(0, Math.floor(size.top / LANE_PX) - SPARE_LANES);
  const until = Math.min(lanes.length, Math.ceil((size.top + size.height) / LANE_PX) + SPARE_LANES);
  const toX = (atUs: number): number => ((atUs - span.fromUs) / (span.untilUs - span.fromUs)) * width;
  return (
    <div
      class="lanes"
      ref={scroller}
      tabIndex={0}
      data-keys
      role="region"
      aria-label="Sessions over time"
      style={{ '--label': `${labelPx}px` }}
      onKeyDown={(event) => pressInLanes(event, props)}
    >
      <svg class="lanes-axis" width={size.width} height={20} aria-hidden="true">
        <g class="axes">
          {listTimeMarks(span.fromUs, span.untilUs, width).map(({ atUs, text }) => (
            <text key={atUs} x={labelPx + toX(atUs)} y={14} text-anchor="middle">
              {text}
            </text>
          ))}
        </g>
      </svg>
      <div style={{ height: `${lanes.length * LANE_PX}px` }}>
        <div style={{ transform: `translateY(${from * LANE_PX}px)` }}>
          {lanes.slice(from, until).map((lane) => (
            <LaneRow
              key={lane.session?.id ?? 'none'}
              lane={lane}
              props={props}
              width={width}
              toX={toX}
              marks={props.marks}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly top: number;
}

function useSize(scroller: { readonly current: HTMLDivElement | null }, setSize: (size: Size) => void): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = (): void =>
      setSize({ width: element.clientWidth, height: element.clientHeight, top: element.scrollTop });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);
}

/** The wheel scrolls the lanes; with Ctrl or Meta it zooms, and sideways it moves the time. */
function useWheel(
  scroller: { readonly current: HTMLDivElement | null },
  props: LanesProps,
  labelPx: number,
): void {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      const { zoom, move } = latest.current;
      const canScroll = element.scrollHeight > element.clientHeight + 1;
      const isZoom = event.ctrlKey || event.metaKey || event.shiftKey || !canScroll;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move(event.deltaX / 1_000);
      else if (isZoom) {
        const { left, width } = element.getBoundingClientRect();
        const part = (event.clientX - left - labelPx) / Math.max(1, width - labelPx);
        zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, part)));
      } else return;
      event.preventDefault();
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [labelPx]);
}

function pressInLanes(event: KeyboardEvent, { zoom, move }: LanesProps): void {
  const actions: Readonly<Record<string, () => void>> = {
    '+': () => zoom(0.5, 0.5),
    '=': () => zoom(0.5, 0.5),
    '-': () => zoom(2, 0.5),
    ArrowLeft: () => move(-0.2),
    ArrowRight: () => move(0.2),
    w: () => zoom(0.5, 0.5),
    s: () => zoom(2, 0.5),
    a: () => move(-0.2),
    d: () => move(0.2),
    Escape: () => navigate({ id: null }),
  };
  const action = actions[event.key];
  if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly props: LanesProps;
  readonly width: number;
  readonly toX: (atUs: number) => number;
  readonly marks: readonly PageMark[];
}

function LaneRow({ lane, props, width, toX, marks }: LaneRowProps): JSX.Element {
  const { session, connections } = lane;
  const isPicked = session !== null && session.id === props.picked;
  const ids = new Set(connections.map(({ id }) => id));
  const ticks = marks.filter(
    ({ type, connectionId }) =>
      ids.has(connectionId) && (type === 'reconnect' || type === 'invalid' || type === 'gap'),
  );
  return (
    <div class={isPicked ? 'lane picked' : 'lane'}>
      <LaneLabel lane={lane} isPicked={isPicked} pick={props.pick} />
      <svg width={width} height={LANE_PX} role="presentation">
        {connections.map((bar, index) => (
          <Bar key={bar.id} bar={bar} next={connections[index + 1]} lane={lane} toX={toX} span={props.span} />
        ))}
        {ticks.map((mark) => (
          <Tick key={`${mark.type} ${mark.atUs}`} mark={mark} toX={toX} />
        ))}
      </svg>
    </div>
  );
}

function LaneLabel({
  lane: { session, connections },
  isPicked,
  pick,
}: {
  readonly lane: Lane;
  readonly isPicked: boolean;
  readonly pick: (sessionId: number) => void;
}): JSX.Element {
  if (session === null)
    return <span class="lane-label dim">{plural(connections.length, 'connection')} without a session</span>;
  const shard =
    session.shard === null ? '' : ` · ${isNarrow.value ? '' : 'shard '}${session.shard.join('/')}`;
  return (
    <button
      class="lane-label plain"
      aria-pressed={isPicked}
      title={showText(`${session.alias ?? ''} ${session.library ?? ''}`.trim())}
      onClick={() => pick(session.id)}
    >
      {isNarrow.value ? '#' : 'session '}
      {session.id}
      <span class="dim">
        {shard}
        {session.resumes > 0 && !isNarrow.value && ` · ${plural(session.resumes, 'resume')}`}
      </span>
    </button>
  );
}

/** Signs of ends, so that their meaning does not depend on colour alone. */
const END_SIGNS: Readonly<Record<ConnectionBar['end'], string>> = {
  open: '',
  clean: '',
  resumable: '↻',
  fatal: '✕',
  lost: '?',
  refused: '⊘',
};

function Bar({
  bar,
  next,
  lane,
  toX,
  span,
}: {
  readonly bar: ConnectionBar;
  readonly next: ConnectionBar | undefined;
  readonly lane: Lane;
  readonly toX: (atUs: number) => number;
  readonly span: Stretch;
}): JSX.Element | null {
  const endUs = findEnd(bar, span.untilUs);
  if (endUs < span.fromUs || bar.openedAtUs > span.untilUs) return null;
  const left = Math.max(-4, toX(bar.openedAtUs));
  const right = Math.min(toX(span.untilUs) + 4, Math.max(left + 3, toX(endUs)));
  // A text beyond the edge could not be read.
  const isAtEdge = right > toX(span.untilUs) - SIGN_PX;
  const label = describeBar(bar, endUs);
  const arc = next?.began === 'resume' ? toX(next.openedAtUs) : null;
  return (
    <>
      <a
        href={formatAddress({ view: 'frames', atUs: bar.openedAtUs, filter: `connection:${bar.id}` })}
        class={`bar ${bar.end}`}
        onClick={(event) => showFramesAt(event, bar, span)}
      >
        <title>{label}</title>
        <rect x={left} y={BAR_TOP} width={right - left} height={BAR_PX} rx={2} />
        <RoundTrips points={lane.heartbeats.get(bar.id) ?? []} toX={toX} span={span} />
        {right - left > 70 && (
          <text x={left + 6} y={BAR_TOP + 14} aria-hidden="true">
            {bar.id}
          </text>
        )}
        <text
          x={isAtEdge ? right - 6 : right + 3}
          y={BAR_TOP + 14}
          text-anchor={isAtEdge ? 'end' : 'start'}
          class="bar-end"
          aria-hidden="true"
        >
          {END_SIGNS[bar.end]}
          {bar.closeCode !== null && ` ${bar.closeCode}`}
        </text>
      </a>
      {arc !== null && arc > right && (
        <path class="arc" d={`M${right},${BAR_TOP}Q${(right + arc) / 2},${-6} ${arc},${BAR_TOP}`} />
      )}
    </>
  );
}

/** Goes to the frames at the clicked time. With the keyboard, or in another tab, the link leads to the first frame. */
function showFramesAt(event: MouseEvent, bar: ConnectionBar, span: Stretch): void {
  const svg = event.target instanceof Element ? event.target.closest('svg') : null;
  if (svg === null || event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const { left, width } = svg.getBoundingClientRect();
  const timeUs = span.fromUs + ((event.clientX - left) / width) * (span.untilUs - span.fromUs);
  navigate({ view: 'frames', atUs: Math.max(bar.openedAtUs, timeUs), filter: `connection:${bar.id}` });
}

function describeBar(bar: ConnectionBar, endUs: number): string {
  const repeats = bar.repeats > 0 ? `, and ${plural(bar.repeats, 'more')}` : '';
  return (
    `connection ${bar.id}, ${formatTime(bar.openedAtUs)}, ${formatDuration(Math.max(0, endUs - bar.openedAtUs))}, ` +
    `${plural(bar.frames, 'frame')}, ${bar.transport}: ${showText(bar.inWords)}${repeats}`
  );
}

/** Round trip that has the full height of a bar, in µs; slower ones too. */
const TALL_US = 500_000;

function RoundTrips({
  points,
  toX,
  span,
}: {
  readonly points: readonly (readonly [number, number | null])[];
  readonly toX: (atUs: number) => number;
  readonly span: Stretch;
}): JSX.Element {
  const shown = points.filter(([atUs]) => atUs >= span.fromUs && atUs <= span.untilUs);
  const toY = (rttUs: number): number => BAR_TOP + BAR_PX - 2 - (BAR_PX - 4) * Math.min(1, rttUs / TALL_US);
  const line = shown.flatMap(([atUs, rttUs]) =>
    rttUs === null ? [] : [`${toX(atUs).toFixed(1)},${toY(rttUs).toFixed(1)}`],
  );
  return (
    <>
      {line.length > 1 && <polyline class="round-trips" points={line.join(' ')} />}
      {shown.map(([atUs, rttUs]) =>
        rttUs === null ? <circle key={atUs} class="missed" cx={toX(atUs)} cy={BAR_TOP + 4} r={3} /> : null,
      )}
    </>
  );
}

function Tick({
  mark,
  toX,
}: {
  readonly mark: PageMark;
  readonly toX: (atUs: number) => number;
}): JSX.Element {
  const x = toX(mark.atUs);
  if (mark.type === 'gap')
    return (
      <rect
        x={x}
        y={BAR_TOP}
        width={Math.max(2, toX(mark.untilUs ?? mark.atUs) - x)}
        height={BAR_PX}
        fill="url(#hatch)"
      >
        <title>{showText(mark.text)}</title>
      </rect>
    );
  return (
    <path class="tick trouble" d={`M${x},${BAR_TOP - 4}v${BAR_PX + 8}`}>
      <title>{showText(mark.text)}</title>
    </path>
  );
}
