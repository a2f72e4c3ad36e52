/**
 * Lookahead: what a timeline holds in front of a position, for a playback that must know before it gets there.
 */
import { findCloseCode } from '../../gateway/close-codes.js';
import type { Cue, OpeningCue, SendCue } from './timeline.js';

/** An opening and its position on the timeline. */
export interface OpeningAhead {
  readonly index: number;
  readonly cue: OpeningCue;
}

/** Next opening from `from` on, or null; with `isDirect` nothing but sends and the client's own steps may be before it. */
export function openingAhead(cues: readonly Cue[], from: number, isDirect: boolean): OpeningAhead | null {
  for (let index = from; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue?.type === 'opening') return { index, cue };
    if (isDirect && cue?.type !== 'send' && cue?.type !== 'client') return null;
  }
  return null;
}

/** Sends from `from` up to `until`, which is not included. */
export function sendsBetween(cues: readonly Cue[], from: number, until: number): SendCue[] {
  return cues.slice(from, until).filter((cue) => cue.type === 'send');
}

/** Position of a RECONNECT that came instead of HELLO, before the next opening; null when there is none. */
export function greetingAhead(cues: readonly Cue[], from: number): number | null {
  for (let index = from; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue?.type === 'opening') return null;
    if (cue?.type === 'interrupt' && cue.isGreeting) return index;
  }
  return null;
}

/** Whether the gateway answered the opening before `at` by ending things again, with nothing in between. */
export function isRefusal(cues: readonly Cue[], at: number): boolean {
  const type = cues[at]?.type;
  return type === 'interrupt' || type === 'close';
}

/**
 * Where the recorded client, which had left by itself and whose RESUME at `at` was refused, was let in again: the position
 * of that opening, or null where its session was over. Undefined where nothing of that kind is at `at`. All of it is for
 * a client that left as well.
 */
export function refusedReturnEnd(cues: readonly Cue[], at: number): number | null | undefined {
  const first = cues[at];
  if (first?.type !== 'opening' || first.by !== 'resume' || first.isAwaited) return undefined;
  if (findRefusal(cues, at) === null) return undefined;
  for (let end = at; ;) {
    const refusal = findRefusal(cues, end);
    if (refusal === null) return end;
    const opening = isEndOfSession(cues[refusal]) ? null : openingAhead(cues, refusal, false);
    if (opening?.cue.by !== 'resume') return null;
    end = opening.index;
  }
}

/** Position of what refused the opening at `at`, behind what else the client said; null where it was let in. */
function findRefusal(cues: readonly Cue[], at: number): number | null {
  let next = at + 1;
  while (cues[next]?.type === 'client') next += 1;
  return isRefusal(cues, next) ? next : null;
}

function isEndOfSession(cue: Cue | undefined): boolean {
  if (cue?.type === 'interrupt') return !cue.isResumable;
  return cue?.type === 'close' && cue.code !== null && findCloseCode(cue.code)?.isResumable === false;
}

/** Whether a RESUMED comes before anything but sends and the client's own steps. */
export function isResumedAhead(cues: readonly Cue[], from: number): boolean {
  for (let index = from; index < cues.length; index += 1) {
    const type = cues[index]?.type;
    if (type !== 'send' && type !== 'client') return type === 'resumed';
  }
  return false;
}
