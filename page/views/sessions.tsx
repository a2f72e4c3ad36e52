/**
 * Sessions: a lane for each, with its connections as bars, and the sequence of the open one.
 *
 * The lanes show the stretch of the ruler; zooming and moving them selects another stretch.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { SessionsAnswer } from '../../src/ui/answers.js';
import { plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { Lanes } from '../parts/lanes.js';
import { groupLanes } from '../data/session-lanes.js';
import { AnswerNote, EmptyNote, WaitingLine } from '../parts/states.js';
import { navigate, openId, selectionQuery, stretch, type Stretch } from '../state/address.js';
import { freshness } from '../state/live.js';
import { SessionDetail } from './session-detail.js';
import type { ViewProps } from './shell.js';

/** The view. */
export function SessionsPage({ report }: ViewProps): JSX.Element {
  const id = openId.value;
  const answer = useAnswer<SessionsAnswer>(
    formatDataAddress('/sessions', selectionQuery.value),
    freshness.value,
  );
  useEffect(() => report(answer.failure), [answer.failure]);
  const { data } = answer;
  const lanes = useMemo(() => (data === null ? [] : groupLanes(data)), [data]);
  const whole = data?.source.span ?? null;
  const span = clipStretch(stretch.value, whole);
  if (data === null || answer.failure !== null) return <AnswerNote answer={answer} />;
  if (lanes.length === 0 || span === null || whole === null)
    return <EmptyNote source={data.source} what="sessions" />;
  return (
    <div class={id === null ? 'sessions' : 'sessions opened'}>
      <WaitingLine answer={answer} />
      <div class="lanes-head">
        <span class="dim">
          {plural(data.sessions.length, 'session')}
          {data.areSessionsCut && ', the newest'}
          {' · '}
          {plural(data.connections.length, 'connection')}
          {data.areConnectionsCut && ', the newest'}
        </span>
        <span class="spring" />
        <span class="dim ends">↻ to be resumed · ✕ session over · ? lost · ⊘ refused</span>
        <ZoomButtons span={span} whole={whole} />
      </div>
      <Lanes
        lanes={lanes}
        marks={data.marks}
        span={span}
        picked={id}
        pick={(sessionId) => navigate({ id: sessionId === id ? null : sessionId })}
        zoom={(factor, part) => zoom(span, whole, factor, part)}
        move={(part) => move(span, whole, part)}
      />
      {id !== null && <SessionDetail id={id} />}
    </div>
  );
}

function clipStretch(chosen: Stretch | null, whole: Stretch | null): Stretch | null {
  if (chosen === null || whole === null) return whole;
  const fromUs = Math.max(chosen.fromUs, whole.fromUs);
  const untilUs = Math.min(chosen.untilUs, whole.untilUs);
  return untilUs > fromUs ? { fromUs, untilUs } : whole;
}

/** Shortest stretch that zooming selects, in µs. */
const LEAST_US = 1_000;

/** Zooms around a position in the stretch, from 0 to 1; a factor below 1 shows less time. */
function zoom(span: Stretch, whole: Stretch, factor: number, part: number): void {
  const length = Math.max(LEAST_US, (span.untilUs - span.fromUs) * factor);
  const middleUs = span.fromUs + (span.untilUs - span.fromUs) * part;
  goTo(middleUs - length * part, length, whole);
}

function move(span: Stretch, whole: Stretch, part: number): void {
  const length = span.untilUs - span.fromUs;
  goTo(span.fromUs + length * part, length, whole);
}

function goTo(startUs: number, length: number, whole: Stretch): void {
  if (length >= whole.untilUs - whole.fromUs) {
    navigate({ stretch: null }, 'replace');
    return;
  }
  const fromUs = Math.round(Math.min(whole.untilUs - length, Math.max(whole.fromUs, startUs)));
  navigate({ stretch: { fromUs, untilUs: Math.round(fromUs + length) } }, 'replace');
}

function ZoomButtons({ span, whole }: { readonly span: Stretch; readonly whole: Stretch }): JSX.Element {
  return (
    <>
      <button aria-label="Earlier" onClick={() => move(span, whole, -0.5)}>
        ←
      </button>
      <button aria-label="Later" onClick={() => move(span, whole, 0.5)}>
        →
      </button>
      <button aria-label="Zoom in" onClick={() => zoom(span, whole, 0.5, 0.5)}>
        +
      </button>
      <button aria-label="Zoom out" onClick={() => zoom(span, whole, 2, 0.5)}>
        −
      </button>
    </>
  );
}
