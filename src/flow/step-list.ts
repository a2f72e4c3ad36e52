/**
 * Step list: collects the steps of a diagram; its memory is bounded however many messages there are.
 *
 *   1. Equal messages in a row are one step.
 *   2. Above the limit, different messages in a row become one step too if they are within a span of time. The span grows
 *      until there are few enough steps.
 *   3. If that is not enough, the steps in the middle are left out. The begin and the end of a session stay.
 */
import { formatBytes, formatDuration, plural } from '../units.js';
import type { FlowStep } from './diagram.js';

/** A step to add. A landmark is never joined with another step. */
export interface NewStep extends Omit<FlowStep, 'kinds'> {
  readonly isLandmark: boolean;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

interface Draft extends Mutable<NewStep> {
  /** Counts by label, for a step of different messages. */
  kinds: Map<string, number> | null;
}

/** The steps that were left out. */
interface Cut {
  steps: number;
  messages: number;
  wireBytes: number;
  atUs: number;
  untilUs: number;
}

/** Most labels of one step with a count of their own; the others are counted together. */
const MOST_KINDS = 64;
const OTHER_KINDS = 'others';
/** The second rule joins steps until this part of the limit is left, so that it need not run again soon. */
const ENOUGH = 0.75;

/** Collects steps. */
export class StepList {
  readonly #limit: number;
  #drafts: Draft[] = [];
  /** Greatest span of a step of different messages, in µs; null while the second rule was not needed. */
  #spanUs: number | null = null;
  #cut: Cut | null = null;

  /** Keeps `limit` steps, at least 3. */
  constructor(limit: number) {
    this.#limit = Math.max(3, limit);
  }

  /** Whether different messages in a row have become one step. */
  get isCoarse(): boolean {
    return this.#spanUs !== null;
  }

  /** Steps that were left out. */
  get leftOut(): number {
    return this.#cut?.steps ?? 0;
  }

  add(step: NewStep): void {
    const last = this.#drafts.at(-1);
    // The cut is between the two parts, never within a run of equal messages.
    const isBehindCut = this.#cut !== null && this.#drafts.length === this.#headLength();
    if (last !== undefined && !isBehindCut && join(last, step, this.#spanUs)) return;
    this.#drafts.push({ ...step, kinds: null });
    if (this.#drafts.length > this.#limit) this.#shrink(this.#limit + Math.ceil(this.#limit / 2));
  }

  /** Every step that is kept, with one step in place of those that were left out. */
  finish(): readonly FlowStep[] {
    this.#shrink(this.#limit);
    // The step that says what was left out counts too.
    if (this.#cut !== null) this.#cutTo(this.#limit);
    const steps = this.#drafts.map(toStep);
    if (this.#cut === null) return steps;
    return [...steps.slice(0, this.#headLength()), toCutStep(this.#cut), ...steps.slice(this.#headLength())];
  }

  #headLength(): number {
    return Math.floor((this.#limit - 1) / 2);
  }

  /** Reduces the steps to the given number, if there are more. */
  #shrink(most: number): void {
    if (this.#drafts.length <= (this.#spanUs === null ? this.#limit : most)) return;
    const [first, last] = [this.#drafts[0], this.#drafts.at(-1)];
    const durationUs = Math.max(1, (last?.untilUs ?? 0) - (first?.atUs ?? 0));
    while (this.#drafts.length > this.#limit * ENOUGH && (this.#spanUs ?? 0) < durationUs) {
      this.#spanUs = this.#spanUs === null ? durationUs / this.#limit : this.#spanUs * 2;
      this.#joinAgain(this.#spanUs);
    }
    if (this.#drafts.length > this.#limit * ENOUGH) this.#cutTo(this.#limit);
  }

  #joinAgain(spanUs: number): void {
    const drafts = this.#drafts;
    // Steps before and after the cut are not joined.
    const border = this.#cut === null ? -1 : this.#headLength();
    const head = border === -1 ? [] : drafts.slice(0, border);
    this.#drafts = [];
    for (const draft of drafts.slice(head.length)) {
      const last = this.#drafts.at(-1);
      if (last === undefined || !join(last, draft, spanUs)) this.#drafts.push(draft);
    }
    this.#drafts = [...head, ...this.#drafts];
  }

  /** Leaves out the steps in the middle. */
  #cutTo(most: number): void {
    const room = most - 1;
    if (this.#drafts.length <= room) return;
    const left = this.#drafts.splice(this.#headLength(), this.#drafts.length - room);
    for (const draft of left) {
      this.#cut ??= { steps: 0, messages: 0, wireBytes: 0, atUs: draft.atUs, untilUs: draft.untilUs };
      this.#cut.steps += 1;
      this.#cut.messages += draft.count;
      this.#cut.wireBytes += draft.wireBytes;
      this.#cut.untilUs = draft.untilUs;
    }
  }
}

/** Adds a step to the one before it, if both are of equal messages, or if different ones may become one step. */
function join(last: Draft, step: Joinable, spanUs: number | null): boolean {
  if (last.type !== 'message' || step.type !== 'message') return false;
  if (last.from !== step.from || last.to !== step.to) return false;
  if (!areEqual(last, step)) {
    if (spanUs === null || !isOrdinary(last) || !isOrdinary(step)) return false;
    if (step.untilUs - last.atUs > spanUs) return false;
    mix(last, step);
  }
  last.count += step.count;
  last.wireBytes += step.wireBytes;
  last.untilUs = Math.max(last.untilUs, step.untilUs);
  return true;
}

type Joinable = NewStep & { readonly kinds?: Draft['kinds'] };

function areEqual(last: Draft, step: Joinable): boolean {
  if (last.kinds !== null || (step.kinds ?? null) !== null) return false;
  const isSameText = last.label === step.label && last.answer === step.answer;
  return isSameText && last.connectionId === step.connectionId;
}

function isOrdinary({ isLandmark, answer }: Joinable): boolean {
  return !isLandmark && answer === null;
}

/** Counts the messages of a step among the different ones of another. */
function mix(last: Draft, step: Joinable): void {
  last.kinds ??= new Map([[last.label, last.count]]);
  for (const [label, count] of step.kinds ?? [[step.label, step.count] as const]) {
    countKind(last.kinds, label, count);
  }
  if (last.connectionId !== step.connectionId) last.connectionId = null;
  if (step.tone === 'bad') last.tone = 'bad';
}

function countKind(kinds: Map<string, number>, label: string, count: number): void {
  const key = kinds.has(label) || kinds.size < MOST_KINDS ? label : OTHER_KINDS;
  kinds.set(key, (kinds.get(key) ?? 0) + count);
}

function toStep({ kinds, ...draft }: Draft): FlowStep {
  const { type, atUs, untilUs, from, to, count, answer, tone, connectionId, frameId, wireBytes } = draft;
  const sorted = [...(kinds ?? [])].sort(([, one], [, other]) => other - one);
  // The connection does not matter: equal messages of several connections count together.
  const isMixed = sorted.length > 1;
  const label = isMixed ? '' : draft.label;
  const facts = { count, answer, tone, connectionId, frameId, wireBytes };
  return { type, atUs, untilUs, from, to, label, kinds: isMixed ? sorted : [], ...facts };
}

function toCutStep({ steps, messages, wireBytes, atUs, untilUs }: Cut): FlowStep {
  const span = formatDuration(Math.max(0, untilUs - atUs));
  return {
    type: 'cut',
    atUs,
    untilUs,
    from: 'client',
    to: 'gateway',
    label: `${plural(steps, 'step')} left out: ${plural(messages, 'message')}, ${formatBytes(wireBytes)}, ${span}`,
    kinds: [],
    count: messages,
    answer: null,
    tone: 'quiet',
    connectionId: null,
    frameId: null,
    wireBytes,
  };
}
