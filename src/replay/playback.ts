/**
 * Playback: one life of a session, from its IDENTIFY on, playing the timeline to whoever is attached.
 *
 * Time stands still while nobody is attached, and where the recorded gateway had ended a connection it
 * waits until the client comes back: so what a RESUME gets is decided by the client's steps alone. Answers
 * wait for their request; the rest follows the clock, or in lockstep whatever the client did before it.
 * It knows no sockets and no other sessions. Source: Discord Docs/Gateway, "Resuming".
 */
import { findCloseCode } from '../gateway/close-codes.js';
import type { Payload } from '../gateway/payload.js';
import type { PlaybackOutput } from './actions.js';
import { AnswerBook } from './answer-book.js';
import { PlaybackClock, type Speed } from './clock.js';
import {
  greetingAhead,
  isRefusal,
  isResumedAhead,
  openingAhead,
  sendsBetween,
  type OpeningAhead,
} from './lookahead.js';
import { makeResumed, type LiveFacts } from './ready.js';
import type { Cue, SendCue, Timeline } from './timeline.js';
import { Transcript } from './transcript.js';

/** How a session is played. */
export interface PlaybackOptions {
  readonly speed: Speed;
  /** Whether everything waits for what the client did before it in the recording. */
  readonly isLockstep: boolean;
}

// How long an interruption or an answer waits for the client to have read what came before.
const CONFIRM_WITHIN_US = 1_000_000;
// One turn of playing at full speed: enough to keep a socket busy, little enough to let others in.
const MAX_CUES_PER_TURN = 256;
const MAX_CHARS_PER_TURN = 256 * 1024;

/** One session of the mock. */
export class Playback {
  readonly sessionId: string;
  readonly #cues: readonly Cue[];
  readonly #isLockstep: boolean;
  readonly #clock: PlaybackClock;
  readonly #book: AnswerBook;
  readonly #transcript: Transcript;
  readonly #heard = new Map<number, number>(); // payloads of the client by opcode
  readonly #withheld: SendCue[] = []; // answers whose time has passed, and nobody asked
  #next: number;
  #isInterrupted = false; // the gateway ended the connection, and the client has not come back
  #isResumable = true;
  #owesResumed = false;
  #isConfirmed = false;
  #confirmByUs: number | null = null;
  #isAway = false;

  /** Starts behind the opening at position `start`; `facts` go into READY. */
  constructor(timeline: Timeline, start: number, options: PlaybackOptions, facts: LiveFacts, nowUs: number) {
    this.sessionId = facts.sessionId;
    this.#cues = timeline.cues;
    this.#isLockstep = options.isLockstep;
    this.#clock = new PlaybackClock(options.speed, this.#cues[start]?.atUs ?? 0, nowUs);
    this.#book = new AnswerBook(timeline, start);
    this.#transcript = new Transcript(facts);
    this.#next = start + 1;
  }

  /** Highest sequence number sent so far, 0 before any. */
  get lastSeq(): number {
    return this.#transcript.lastSeq;
  }

  /** Whether it has no client. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Whether everything on the timeline has been played. */
  get isFinished(): boolean {
    return this.#next >= this.#cues.length;
  }

  /** Whether RESUME works: it does unless the gateway ended the session for good, as far as is recorded. */
  get isResumable(): boolean {
    const opening = this.#awaited();
    return opening === null ? this.#isResumable : opening.cue.by === 'resume';
  }

  /** Position of the IDENTIFY that the timeline waits for, or null; what follows it is another life. */
  get awaitedIdentify(): number | null {
    const opening = this.#awaited();
    return opening?.cue.by === 'identify' ? opening.index : null;
  }

  /** When the next cue is due, in µs, or null when playing waits for the client or is over. */
  get dueAtUs(): number | null {
    const cue = this.#cues[this.#next];
    if (cue === undefined || this.#isWaitingAt(cue)) return null;
    return this.#confirmByUs ?? this.#clock.dueAtUs(cue.atUs);
  }

  /** Plays what is due, up to one turn's worth; `dueAtUs` then says when to call again. */
  play(nowUs: number): PlaybackOutput[] {
    const output: PlaybackOutput[] = [];
    let chars = 0;
    while (output.length < MAX_CUES_PER_TURN && chars < MAX_CHARS_PER_TURN) {
      const dueAtUs = this.dueAtUs;
      const cue = this.#cues[this.#next];
      if (dueAtUs === null || dueAtUs > nowUs || cue === undefined) break;
      const result = this.#mustAsk(cue) ? this.#ask(nowUs) : this.#perform(cue);
      if (result === null) continue;
      output.push(result);
      if (result.type !== 'send') break;
      chars += result.text.length;
    }
    return output;
  }

  /**
   * Says that the client has read everything so far. An interruption waits for that, because no gateway
   * interrupts a client within a millisecond of its READY, and discord.js then takes it for a failed start.
   * So does an answer that nobody has asked for yet: the request may be on its way.
   */
  confirm(nowUs: number): void {
    if (this.#confirmByUs === null) return;
    this.#confirmByUs = nowUs;
    this.#isConfirmed = true;
  }

  /** Takes a payload of the client, IDENTIFY and RESUME aside; answers that are overdue come at once. */
  hear(payload: Payload, nowUs: number): PlaybackOutput[] {
    const waiting = this.#cues[this.#next];
    const wasWaiting = waiting !== undefined && this.#isWaitingAt(waiting);
    this.#heard.set(payload.op, (this.#heard.get(payload.op) ?? 0) + 1);
    if (wasWaiting && !this.#isWaitingAt(waiting)) this.#clock.set(waiting.atUs, nowUs);
    const taken = this.#book.take(payload);
    if (taken === null) return [];
    if (taken.nonce !== null) this.#transcript.setNonce(taken.position, taken.nonce);
    const overdue = this.#withheld.filter(({ request }) => request === taken.position);
    return overdue.map((cue) => ({ type: 'send', ...this.#transcript.send(cue) }));
  }

  /** RECONNECT where the recording has it instead of the HELLO that a client coming back gets, else null. */
  takeGreeting(): string | null {
    const index = this.#isInterrupted || this.#isLockstep ? greetingAhead(this.#cues, this.#next) : null;
    const greeting = index === null ? undefined : this.#cues[index];
    if (index === null || greeting?.type !== 'interrupt') return null;
    for (const cue of sendsBetween(this.#cues, this.#next, index)) this.#send(cue); // RESUME will bring it
    this.#next = index + 1;
    this.#interrupt(greeting.isResumable);
    return greeting.text;
  }

  /** Stops the clock until `resume`: the client is gone. */
  pause(nowUs: number): void {
    this.#isAway = true;
    this.#confirmByUs = null;
    this.#isConfirmed = false;
    this.#clock.stop(this.#cues[this.#next]?.atUs ?? 0, nowUs);
  }

  /** Answers a RESUME: what was sent after `seq`, then RESUMED, unless playing on brings that by itself. */
  resume(seq: number, nowUs: number): PlaybackOutput[] {
    const opening = this.#awaited();
    const output: PlaybackOutput[] = this.#transcript.since(seq).map((again) => ({ type: 'send', ...again }));
    this.#clock.go(nowUs);
    this.#isAway = false;
    this.#owesResumed = true;
    if (opening !== null) output.push(...this.#comeBack(opening, nowUs));
    if (opening !== null && isRefusal(this.#cues, this.#next)) return [];
    if (!isResumedAhead(this.#cues, this.#next)) output.push(this.#resumed(makeResumed(this.lastSeq), null));
    return output;
  }

  // In lockstep the client's steps are waited for, else only where the gateway had ended the connection.
  #isWaitingAt(cue: Cue): boolean {
    if (cue.type === 'opening') return cue.isAwaited || this.#isLockstep;
    if (cue.type === 'interrupt' && cue.isGreeting) return this.#isInterrupted || this.#isLockstep;
    return this.#isLockstep && cue.type === 'client' && (this.#heard.get(cue.op) ?? 0) < cue.ordinal;
  }

  #mustAsk(cue: Cue): boolean {
    if (this.#isConfirmed || this.#confirmByUs !== null) return false;
    if (cue.type === 'interrupt' || cue.type === 'close') return true;
    return cue.type === 'send' && cue.request !== null && this.#book.isOpen(cue.request);
  }

  #ask(nowUs: number): PlaybackOutput {
    this.#confirmByUs = nowUs + CONFIRM_WITHIN_US;
    return { type: 'ask' };
  }

  #perform(cue: Cue): PlaybackOutput | null {
    this.#next += 1;
    this.#confirmByUs = null;
    this.#isConfirmed = false;
    switch (cue.type) {
      case 'opening':
      case 'client':
        return null;
      case 'send':
        return this.#send(cue);
      case 'resumed':
        return this.#owesResumed ? this.#resumed(cue.text, cue.seq) : null;
      case 'interrupt':
        this.#interrupt(cue.isResumable);
        if (cue.op === 9) return { type: 'invalidate', text: cue.text };
        return { type: 'send', text: cue.text, event: null };
      case 'close':
        this.#interrupt(cue.code === null || findCloseCode(cue.code)?.isResumable !== false);
        return { type: 'close', code: cue.code, reason: cue.reason };
    }
  }

  #send(cue: SendCue): PlaybackOutput | null {
    if (cue.request === null || !this.#book.isOpen(cue.request)) {
      return { type: 'send', ...this.#transcript.send(cue) };
    }
    this.#withheld.push(cue);
    this.#transcript.skip(cue);
    return null;
  }

  #resumed(text: string, seq: number | null): PlaybackOutput {
    this.#owesResumed = false;
    return { type: 'send', ...this.#transcript.sendResumed(text, seq) };
  }

  #interrupt(isResumable: boolean): void {
    this.#isInterrupted = true;
    this.#isResumable = isResumable;
  }

  // The opening that playing waits for, or will once it gets there. A recorded client that left by itself
  // is one that the live client may leave with, if everything is in step.
  #awaited(): OpeningAhead | null {
    if (!this.#isInterrupted && !this.#isLockstep) return null;
    return openingAhead(this.#cues, this.#next, !this.#isInterrupted);
  }

  // Goes on behind the opening; what the client missed meanwhile comes now.
  #comeBack({ index, cue }: OpeningAhead, nowUs: number): PlaybackOutput[] {
    const missed = sendsBetween(this.#cues, this.#next, index);
    this.#next = index + 1;
    this.#clock.set(cue.atUs, nowUs);
    this.#isInterrupted = false;
    this.#isResumable = true;
    return missed.map((send) => this.#send(send)).filter((output) => output !== null);
  }
}
