/**
 * Descriptions: the texts that every form writes at a step: its time, its words, its answer.
 */
import { formatCount, formatDuration, formatTime } from '../units.js';
import type { Flow, FlowStep } from './diagram.js';
import { shorten } from './labels.js';

/** Most kinds of messages that a step names, if it is of several kinds. */
const MOST_NAMED = 3;

/** A step in words, on one line, unescaped: `12 × PRESENCE_UPDATE, 3.1 s`. */
export function describeStep(
  step: FlowStep,
  { hasSeveralConnections }: Pick<Flow, 'hasSeveralConnections'>,
): string {
  const place = hasSeveralConnections && step.connectionId !== null ? `#${step.connectionId} ` : '';
  return place + describeMessages(step);
}

function describeMessages({ type, label, kinds, count, atUs, untilUs, answer }: FlowStep): string {
  if (type !== 'message' || count === 1) return label;
  // The time of a call is written beside its answer.
  const span = untilUs > atUs && answer === null ? `, ${formatDuration(untilUs - atUs)}` : '';
  if (kinds.length === 0) return `${formatCount(count)} × ${label}${span}`;
  const named = kinds
    .slice(0, MOST_NAMED)
    .map(([name, times]) => `${formatCount(times)} × ${shorten(name, 40)}`);
  const more = kinds.length - named.length;
  const rest = more === 0 ? '' : ` and ${formatCount(more)} more ${more === 1 ? 'kind' : 'kinds'}`;
  return `${formatCount(count)} messages: ${named.join(', ')}${rest}${span}`;
}

/** The answer and its time; null for a step without an answer. */
export function describeAnswer({ answer, atUs, untilUs, count }: FlowStep): string | null {
  if (answer === null || untilUs === atUs) return answer;
  return `${answer} ${count === 1 ? 'after' : 'each, over'} ${formatDuration(untilUs - atUs)}`;
}

/** Time of day, or the time since the first step. */
export function formatClock(atUs: number, { hasDates }: Pick<Flow, 'hasDates'>): string {
  if (!hasDates) return `${atUs < 0 ? '−' : '+'}${(Math.abs(atUs) / 1_000_000).toFixed(3)} s`;
  return formatTime(atUs).split(' ')[1] ?? String(atUs);
}

/** The day of a step; null if the step before is of the same day, or if the diagram has no dates. */
export function findNewDay(
  step: FlowStep,
  before: FlowStep | undefined,
  { hasDates }: Pick<Flow, 'hasDates'>,
): string | null {
  if (!hasDates) return null;
  const [day] = formatTime(step.atUs).split(' ');
  return day === undefined || (before !== undefined && formatTime(before.atUs).startsWith(day))
    ? null
    : `${day} UTC`;
}

/** Sentence on what was read and how much of it is drawn. */
export function summarize({ frames, calls, steps, isCoarse, leftOut }: Flow): string {
  const read = [
    `${formatCount(frames)} ${frames === 1 ? 'frame' : 'frames'}`,
    ...(calls === 0 ? [] : [`${formatCount(calls)} REST ${calls === 1 ? 'call' : 'calls'}`]),
  ];
  const drawn = `${read.join(' and ')} in ${formatCount(steps.length)} ${steps.length === 1 ? 'step' : 'steps'}`;
  if (!isCoarse) return drawn;
  return `${drawn}; different messages in a row are one step${leftOut === 0 ? '' : `, and ${formatCount(leftOut)} steps in the middle are left out`}`;
}
