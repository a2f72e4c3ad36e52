/**
 * Playhead: a playback's position on its timeline, and whether the next cue waits for the client.
 *
 * After an interruption by the gateway everything waits until the client is back. In lockstep every cue waits for what
 * the client did before it in the recording. It knows neither time nor texts.
 */
import type { Cue, InterruptCue, OpeningCue, SendCue } from './timeline.js';
import { findCloseCode } from '../../gateway/close-codes.js';

/** Where the timeline continues after an opening or a greeting, and the cues skipped on the way. */
export interface Advance<To> {
  readonly missed: readonly SendCue[];
  readonly to: To;
}

/** Position on one session's timeline. */
export class Playhead {
  readonly #cues: readonly Cue[];
  readonly #isLockstep: boolean;
  readonly #heard = new Map<number, number>(); // payloads of the client by opcode
  #next: number;
  #isInterrupted = false; // the gateway ended the connection, and the client has not come back
  #isResumable = true;

  /** Starts behind the opening at position `start`. */
  constructor(cues: readonly Cue[], start: number, isLockstep: boolean) {
    this.#cues = cues;
    this.#isLockstep = isLockstep;
    this.#next = start + 1;
  }

  /** The next cue; undefined at the end. */
  get cue(): Cue | undefined {
    return this.#cues[this.#next];
  }

  /** Whether RESUME works: yes, unless the recorded gateway ended the session permanently. */
  get isResumable(): boolean {
    const opening = this.#awaited();
    return opening === null ? this.#isResumable : opening.cue.by === 'resume';
  }

  /** Position of the IDENTIFY that the timeline waits for, or null; another life of the session follows it. */
  get awaitedIdentify(): number | null {
    const opening = this.#awaited();
    return opening?.cue.by === 'identify' ? opening.index : null;
  }

  /** Whether the next cue waits for the client: in lockstep always, else only after the gateway ended a connection. */
  get isWaiting(): boolean {
    const { cue } = this;
    if (cue === undefined) return false;
    if (cue.type === 'opening') return cue.isAwaited || this.#isLockstep || this.isAtRefusedReturn;
    if (cue.type === 'interrupt' && cue.isGreeting) return this.#isInterrupted || this.#isLockstep;
    return this.#isLockstep && cue.type === 'client' && (this.#heard.get(cue.op) ?? 0) < cue.ordinal;
  }

  /** Whether all that is left is for a client that leaves by itself and comes back: its session is over then. */
  get isAtRefusedReturn(): boolean {
    return refusedReturnEnd(this.#cues, this.#next) === null;
  }

  /** Whether the gateway's next word is to end things again. */
  get isRefusalNext(): boolean {
    return isRefusal(this.#cues, this.#next);
  }

  /** Whether playing on brings a RESUMED before the client does anything. */
  get isResumedAhead(): boolean {
    return isResumedAhead(this.#cues, this.#next);
  }

  /** Moves to the next cue; if a client is attached, skips the consequences of the recorded client's disconnect. */
  advance(): void {
    this.#next = (refusedReturnEnd(this.#cues, this.#next) ?? this.#next) + 1;
  }

  /** Takes the opcode of a client payload; returns whether the next cue waited for it. */
  hear(op: number): boolean {
    const wasWaiting = this.isWaiting;
    this.#heard.set(op, (this.#heard.get(op) ?? 0) + 1);
    return wasWaiting && !this.isWaiting;
  }

  /** Says that the gateway has ended the connection. */
  interrupt(isResumable: boolean): void {
    this.#isInterrupted = true;
    this.#isResumable = isResumable;
  }

  /** Moves past the RECONNECT that a returning client got instead of HELLO; returns null if not recorded. */
  passGreeting(): Advance<InterruptCue> | null {
    const index = this.#isInterrupted || this.#isLockstep ? greetingAhead(this.#cues, this.#next) : null;
    const to = index === null ? undefined : this.#cues[index];
    if (index === null || to?.type !== 'interrupt') return null;
    const missed = this.#passTo(index);
    this.interrupt(to.isResumable);
    return { missed, to };
  }

  /** Moves past the awaited opening, because the client is back; returns null if none is awaited. */
  passOpening(): Advance<OpeningAhead['cue']> | null {
    const opening = this.#awaited();
    if (opening === null) return null;
    const missed = this.#passTo(opening.index);
    this.#isInterrupted = false;
    this.#isResumable = true;
    return { missed, to: opening.cue };
  }

  #passTo(index: number): readonly SendCue[] {
    const missed = sendsBetween(this.#cues, this.#next, index);
    this.#next = index + 1;
    return missed;
  }

  // The opening that playing waits for, now or later. If everything is in step, the live client may disconnect where
  // the recorded client did.
  #awaited(): OpeningAhead | null {
    const isAtReturn = refusedReturnEnd(this.#cues, this.#next) !== undefined;
    if (!this.#isInterrupted && !this.#isLockstep && !isAtReturn) return null;
    return openingAhead(this.#cues, this.#next, !this.#isInterrupted);
  }
}

/** An opening and its position on the timeline. */
export interface OpeningAhead {
  readonly index: number;
  readonly cue: OpeningCue;
}

/** Next opening from `from` on, or null; with `isDirect` nothing but sends and the client's own steps may be before it. */
function openingAhead(cues: readonly Cue[], from: number, isDirect: boolean): OpeningAhead | null {
  for (let index = from; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue?.type === 'opening') return { index, cue };
    if (isDirect && cue?.type !== 'send' && cue?.type !== 'client') return null;
  }
  return null;
}

/** Sends from `from` up to `until`, which is not included. */
function sendsBetween(cues: readonly Cue[], from: number, until: number): SendCue[] {
  return cues.slice(from, until).filter((cue) => cue.type === 'send');
}

/** Position of a RECONNECT sent instead of HELLO, before the next opening; null if not recorded. */
function greetingAhead(cues: readonly Cue[], from: number): number | null {
  for (let index = from; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue?.type === 'opening') return null;
    if (cue?.type === 'interrupt' && cue.isGreeting) return index;
  }
  return null;
}

/** Whether the gateway answered the opening before `at` by ending things again, with nothing in between. */
function isRefusal(cues: readonly Cue[], at: number): boolean {
  const type = cues[at]?.type;
  return type === 'interrupt' || type === 'close';
}

/**
 * The recorded client had disconnected by itself, and the gateway refused its RESUME at `at`. Returns the position of
 * the opening at which it was accepted again, or null if its session was over. Returns undefined if there is no such
 * RESUME at `at`. The result applies only if the live client disconnected as well.
 */
function refusedReturnEnd(cues: readonly Cue[], at: number): number | null | undefined {
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

/** Position of the refusal of the opening at `at`, after the client's other payloads; null if it was accepted. */
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
