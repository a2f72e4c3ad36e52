/**
 * Playback: one life of a session, from its IDENTIFY on, playing the timeline to the attached client.
 *
 * Time is paused while no client is attached. Where the recorded gateway had ended a connection, it waits until the
 * client is back, so only the client's steps decide what a RESUME receives. Answers wait for their request. The rest
 * follows the clock or, in lockstep, what the client did before it. It knows no sockets and no other sessions. Source:
 * Discord Docs/Gateway, "Resuming".
 */
import { findCloseCode } from '../../gateway/close-codes.js';
import { OP } from '../../gateway/opcodes.js';
import type { Payload, Shard } from '../../gateway/payload.js';
import type { PlaybackOutput } from './actions.js';
import { RequestAnswers } from './requests.js';
import { CONFIRM_WITHIN_US, PlaybackClock, type MockSpeed } from '../clock.js';
import { Playhead } from './playhead.js';
import { makeResumed, type LiveSession } from './live-session.js';
import type { Cue, SendCue, Timeline } from './timeline.js';
import { Transcript } from './transcript.js';

/** How a session is played. */
export interface PlaybackOptions {
  readonly speed: MockSpeed;
  /** Whether every cue waits for what the client did before it in the recording. */
  readonly isLockstep: boolean;
  /** Most cues of one call of `play`; default 256. */
  readonly cuesPerTurn?: number;
}

// One turn of playing at full speed: enough to keep a socket busy, little enough to let others in.
const CUES_PER_TURN = 256;
const MAX_CHARS_PER_TURN = 256 * 1024;

/** One session of the mock. */
export class Playback {
  readonly timeline: Timeline;
  readonly sessionId: string;
  /** `[shard_id, shard_count]` of its IDENTIFY, or null. */
  readonly shard: Shard | null;
  readonly #playhead: Playhead;
  readonly #cuesPerTurn: number;
  readonly #isLockstep: boolean;
  readonly #clock: PlaybackClock;
  readonly #book: RequestAnswers;
  readonly #transcript: Transcript;
  readonly #withheld: SendCue[] = []; // overdue answers that no client has requested
  #allowance: number; // frames that may be played
  #owesResumed = false;
  #isConfirmed = false;
  #confirmByUs: number | null = null;
  #awaySinceUs: number | null = null;

  /** Starts behind the opening at position `start`; `facts` go into READY. */
  constructor(
    timeline: Timeline,
    start: number,
    options: PlaybackOptions,
    facts: LiveSession,
    nowUs: number,
  ) {
    this.timeline = timeline;
    this.sessionId = facts.sessionId;
    this.shard = facts.shard;
    this.#playhead = new Playhead(timeline.cues, start, options.isLockstep);
    this.#cuesPerTurn = options.cuesPerTurn ?? CUES_PER_TURN;
    this.#isLockstep = options.isLockstep;
    this.#allowance = options.speed === 'step' ? 0 : Infinity;
    this.#clock = new PlaybackClock(
      options.speed === 'step' ? 'max' : options.speed,
      timeline.cues[start]?.atUs ?? 0,
      nowUs,
    );
    this.#book = new RequestAnswers(timeline, start);
    this.#transcript = new Transcript(facts);
  }

  /** Highest sequence number sent so far, 0 before any. */
  get lastSeq(): number {
    return this.#transcript.lastSeq;
  }

  /** Start of the time without a client, or null while one is attached. */
  get awaySinceUs(): number | null {
    return this.#awaySinceUs;
  }

  /** Whether everything on the timeline has been played that a client gets which does not leave by itself. */
  get isFinished(): boolean {
    return this.#playhead.cue === undefined || this.#playhead.isAtRefusedReturn;
  }

  /** Whether RESUME works: yes, unless the recorded gateway ended the session permanently. */
  get isResumable(): boolean {
    return this.#playhead.isResumable;
  }

  /** Position of the IDENTIFY that the timeline waits for, or null; another life of the session follows it. */
  get awaitedIdentify(): number | null {
    return this.#playhead.awaitedIdentify;
  }

  /** When the next cue is due, in µs, or null when playing waits for the client or a step, or is over. */
  get dueAtUs(): number | null {
    const { cue, isWaiting } = this.#playhead;
    if (cue === undefined || isWaiting || this.#allowance === 0) return null;
    return this.#confirmByUs ?? this.#clock.dueAtUs(cue.atUs);
  }

  /** Plays the cues that are due, up to one turn's worth; `dueAtUs` is then the time of the next call. */
  play(nowUs: number): PlaybackOutput[] {
    const output: PlaybackOutput[] = [];
    let chars = 0;
    while (output.length < this.#cuesPerTurn && chars < MAX_CHARS_PER_TURN) {
      const { dueAtUs } = this;
      const { cue } = this.#playhead;
      if (dueAtUs === null || dueAtUs > nowUs || cue === undefined) break;
      const result = this.#mustAsk(cue) ? this.#ask(nowUs) : this.#perform(cue);
      if (result === null) continue;
      output.push(result);
      if (result.type === 'ask') break;
      this.#allowance -= 1;
      if (result.type !== 'send') break;
      chars += result.text.length;
    }
    return output;
  }

  /** Allows `frames` more, where the speed is `step`. */
  allow(frames: number): void {
    this.#allowance += frames;
  }

  /** Sends a dispatch that is not on the timeline; without a client it waits for RESUME like any other. */
  inject({ t, d }: Payload): PlaybackOutput[] {
    const sent = this.#transcript.inject(t ?? '', d);
    return this.#awaySinceUs === null ? [{ type: 'send', ...sent }] : [];
  }

  /**
   * Reports that the client has read everything so far. An interruption waits for that, because no gateway interrupts a
   * client within a millisecond of its READY, and discord.js then treats it as a failed start. So does an answer
   * without a request yet: the request may be on its way.
   */
  confirm(nowUs: number): void {
    if (this.#confirmByUs === null) return;
    this.#confirmByUs = nowUs;
    this.#isConfirmed = true;
  }

  /** Takes a payload of the client other than IDENTIFY and RESUME; returns overdue answers at once. */
  hear(payload: Payload, nowUs: number): PlaybackOutput[] {
    const { cue } = this.#playhead;
    if (this.#playhead.hear(payload.op) && cue !== undefined) this.#clock.set(cue.atUs, nowUs);
    const taken = this.#book.take(payload);
    if (taken === null) return [];
    if (taken.isAgain) return this.#transcript.again(taken).map((sent) => ({ type: 'send', ...sent }));
    if (taken.nonce !== null) this.#transcript.setNonce(taken.position, taken.nonce);
    const overdue = this.#withheld.filter(({ request }) => request === taken.position);
    return overdue.map((cue) => ({ type: 'send', ...this.#transcript.send(cue) }));
  }

  /** RECONNECT where the recording has it instead of the HELLO that a client coming back gets, else null. */
  takeGreeting(): string | null {
    const advance = this.#playhead.passGreeting();
    if (advance === null) return null;
    for (const cue of advance.missed) this.#send(cue); // RESUME will bring it
    return advance.to.text;
  }

  /** Stops the clock until `resume`: the client has disconnected. */
  pause(nowUs: number): void {
    this.#awaySinceUs = nowUs;
    this.#confirmByUs = null;
    this.#isConfirmed = false;
    this.#clock.stop(this.#playhead.cue?.atUs ?? 0, nowUs);
  }

  /** Says that the connection that was closed has ended, which a client may learn late. */
  stayAway(nowUs: number): void {
    this.#awaySinceUs = nowUs;
  }

  /** Answers a RESUME: the dispatches after `seq`, then RESUMED, unless the timeline itself holds it. */
  resume(seq: number, nowUs: number): PlaybackOutput[] {
    // In lockstep it is the recorded client that has not read a RESUMED, and the recorded numbers are behind it.
    if (!this.#isLockstep) this.#transcript.dropResumed(seq);
    const again = this.#transcript.since(seq);
    this.#clock.go(nowUs);
    this.#awaySinceUs = null;
    this.#owesResumed = true;
    const advance = this.#playhead.passOpening();
    if (advance !== null) this.#clock.set(advance.to.atUs, nowUs);
    const missed = (advance?.missed ?? []).map((cue) => this.#send(cue)).filter((output) => output !== null);
    if (advance !== null && this.#playhead.isRefusalNext) return [];
    const output = [...again.map((sent): PlaybackOutput => ({ type: 'send', ...sent })), ...missed];
    if (!this.#playhead.isResumedAhead) output.push(this.#resumed(makeResumed(this.lastSeq), null));
    return output;
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
    this.#playhead.advance();
    this.#confirmByUs = null;
    this.#isConfirmed = false;
    switch (cue.type) {
      case 'opening':
      case 'client':
        return null;
      case 'send':
        return this.#send(cue);
      case 'resumed':
        if (this.#owesResumed) return this.#resumed(cue.text, cue.seq);
        this.#transcript.skip(cue); // the client has not come back
        return null;
      case 'interrupt':
        this.#playhead.interrupt(cue.isResumable);
        if (cue.op === OP.INVALID_SESSION) return { type: 'invalidate', text: cue.text };
        return { type: 'send', text: cue.text, event: null, seq: null };
      case 'close':
        this.#playhead.interrupt(cue.code === null || findCloseCode(cue.code)?.isResumable !== false);
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
}
