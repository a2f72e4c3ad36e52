/**
 * Playback: one life of a session, from its IDENTIFY on, playing the timeline to whoever is attached.
 *
 * Time stands still while nobody is attached, and where the recorded gateway had ended a connection it
 * waits until the client comes back: so what a RESUME gets is decided by the client's steps alone. Recorded
 * time maps onto live time from an anchor, the last moment that both had in common. It knows no sockets and
 * no other sessions. Source: Discord Docs/Gateway, "Resuming".
 */
import { findCloseCode } from '../gateway/close-codes.js';
import { adaptReady, makeResumed, type LiveFacts } from './ready.js';
import type { Cue, SendCue, Timeline } from './timeline.js';

/** Factor on the recorded pace, above 0; `max` knows no pauses. */
export type Speed = number | 'max';

/** What playing produces, in order. */
export type PlaybackOutput = Sent | Closed | Asked;

interface Sent {
  readonly type: 'send';
  readonly text: string;
  /** Name of a dispatch, else null. */
  readonly event: string | null;
  /** Whether it invalidates the session: nothing more goes to this client before it opens one again. */
  readonly isLast: boolean;
}

interface Closed {
  readonly type: 'close';
  /** Null for an end without a close frame. */
  readonly code: number | null;
  readonly reason: string;
}

interface Asked {
  /** Wants to know when the client has read everything; `confirm` tells. */
  readonly type: 'ask';
}

// How long an interruption waits for the client to have read what came before.
const CONFIRM_WITHIN_US = 1_000_000;
// One turn of playing at full speed: enough to keep a socket busy, little enough to let others in.
const MAX_CUES_PER_TURN = 256;
const MAX_CHARS_PER_TURN = 256 * 1024;

/** One session of the mock. */
export class Playback {
  readonly #cues: readonly Cue[];
  readonly #speed: Speed;
  readonly #facts: LiveFacts;
  readonly #start: number;
  #next: number;
  #anchorRecordedUs: number;
  #anchorLiveUs: number;
  #lastSeq = 0;
  #isInterrupted = false; // the gateway ended the connection, and the client has not come back
  #isResumable = true;
  #owesResumed = false;
  #confirmByUs: number | null = null; // while an interruption waits

  /** Starts behind the opening at position `start`; `facts` go into READY. */
  constructor(timeline: Timeline, start: number, speed: Speed, facts: LiveFacts, nowUs: number) {
    this.#cues = timeline.cues;
    this.#speed = speed;
    this.#facts = facts;
    this.#start = start + 1;
    this.#next = start + 1;
    this.#anchorRecordedUs = this.#cues[start]?.atUs ?? 0;
    this.#anchorLiveUs = nowUs;
  }

  /** `session_id` that the client knows this session by. */
  get sessionId(): string {
    return this.#facts.sessionId;
  }

  /** Highest sequence number sent so far, 0 before any. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether everything on the timeline has been played. */
  get isFinished(): boolean {
    return this.#next >= this.#cues.length;
  }

  /** Whether RESUME works: it does unless the gateway ended the session for good, as far as is recorded. */
  get isResumable(): boolean {
    const opening = this.#awaited();
    return opening === null ? this.#isResumable : opening.by === 'resume';
  }

  /** Position of the IDENTIFY that the timeline waits for, or null; what follows it is another life. */
  get awaitedIdentify(): number | null {
    const opening = this.#awaited();
    return opening?.by === 'identify' ? opening.index : null;
  }

  /** When the next cue is due, in µs, or null when playing waits for the client or is over. */
  get dueAtUs(): number | null {
    const cue = this.#cues[this.#next];
    if (cue === undefined || (cue.type === 'opening' && cue.isAwaited)) return null;
    if (this.#confirmByUs !== null) return this.#confirmByUs;
    if (this.#speed === 'max') return this.#anchorLiveUs;
    return this.#anchorLiveUs + Math.ceil((cue.atUs - this.#anchorRecordedUs) / this.#speed);
  }

  /** Plays what is due, up to one turn's worth; `dueAtUs` then says when to call again. */
  play(nowUs: number): PlaybackOutput[] {
    const output: PlaybackOutput[] = [];
    let chars = 0;
    while (output.length < MAX_CUES_PER_TURN && chars < MAX_CHARS_PER_TURN) {
      const dueAtUs = this.dueAtUs;
      const cue = this.#cues[this.#next];
      if (dueAtUs === null || dueAtUs > nowUs || cue === undefined) break;
      if (this.#confirmByUs === null && (cue.type === 'interrupt' || cue.type === 'close')) {
        this.#confirmByUs = nowUs + CONFIRM_WITHIN_US;
        output.push({ type: 'ask' });
        break;
      }
      this.#next += 1;
      this.#confirmByUs = null;
      const result = this.#perform(cue);
      if (result === null) continue;
      output.push(result);
      if (result.type !== 'send' || result.isLast) break; // the rest is for a client that comes back
      chars += result.text.length;
    }
    return output;
  }

  /**
   * Says that the client has read everything so far. An interruption waits for that, because no gateway
   * interrupts a client within a millisecond of its READY, and discord.js then takes it for a failed start.
   */
  confirm(nowUs: number): void {
    if (this.#confirmByUs !== null) this.#confirmByUs = nowUs;
  }

  /** Stops the clock until `resume`: the client is gone. */
  pause(nowUs: number): void {
    this.#confirmByUs = null;
    const nextUs = this.#cues[this.#next]?.atUs ?? this.#anchorRecordedUs;
    const passedUs = this.#speed === 'max' ? Infinity : (nowUs - this.#anchorLiveUs) * this.#speed;
    this.#anchorRecordedUs = Math.min(nextUs, this.#anchorRecordedUs + passedUs);
  }

  /** Answers a RESUME: what was sent after `seq`, then RESUMED, unless playing on brings that by itself. */
  resume(seq: number, nowUs: number): PlaybackOutput[] {
    const opening = this.#awaited();
    const missed = opening?.index ?? this.#next;
    this.#anchorLiveUs = nowUs;
    if (opening !== null) this.#comeBack(opening.index);
    this.#owesResumed = true;
    if (opening !== null && this.#isRefusedNext()) return [];
    const output: PlaybackOutput[] = [];
    for (const cue of this.#cues.slice(this.#start, missed)) {
      if (cue.type === 'send' && cue.seq !== null && cue.seq > seq) output.push(this.#send(cue));
    }
    if (!this.#isResumedAhead()) output.push(this.#resumed(makeResumed(this.#lastSeq), this.#lastSeq));
    return output;
  }

  #perform(cue: Cue): PlaybackOutput | null {
    switch (cue.type) {
      case 'opening':
        return null; // the recorded client came back on its own; ours never left
      case 'send':
        return this.#send(cue);
      case 'resumed':
        return this.#owesResumed ? this.#resumed(cue.text, cue.seq ?? this.#lastSeq) : null;
      case 'interrupt':
        this.#interrupt(cue.isResumable);
        return { type: 'send', text: cue.text, event: null, isLast: cue.op === 9 };
      case 'close':
        this.#interrupt(cue.code === null || findCloseCode(cue.code)?.isResumable !== false);
        return { type: 'close', code: cue.code, reason: cue.reason };
    }
  }

  #send(cue: SendCue): PlaybackOutput {
    this.#lastSeq = Math.max(this.#lastSeq, cue.seq ?? 0);
    const text = cue.event === 'READY' ? adaptReady(cue.text, this.#facts) : cue.text;
    return { type: 'send', text, event: cue.event, isLast: false };
  }

  #resumed(text: string, seq: number): PlaybackOutput {
    this.#owesResumed = false;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    return { type: 'send', text, event: 'RESUMED', isLast: false };
  }

  #interrupt(isResumable: boolean): void {
    this.#isInterrupted = true;
    this.#isResumable = isResumable;
  }

  // The opening that playing waits for, or will once it gets there.
  #awaited(): { readonly index: number; readonly by: 'identify' | 'resume' } | null {
    if (!this.#isInterrupted) return null;
    for (let index = this.#next; index < this.#cues.length; index += 1) {
      const cue = this.#cues[index];
      if (cue?.type === 'opening') return { index, by: cue.by };
    }
    return null;
  }

  #comeBack(opening: number): void {
    this.#next = opening + 1;
    this.#anchorRecordedUs = this.#cues[opening]?.atUs ?? this.#anchorRecordedUs;
    this.#isInterrupted = false;
    this.#isResumable = true;
  }

  // Whether the recorded gateway answered this RESUME by ending things again, with nothing in between.
  #isRefusedNext(): boolean {
    const type = this.#cues[this.#next]?.type;
    return type === 'interrupt' || type === 'close';
  }

  #isResumedAhead(): boolean {
    for (let index = this.#next; index < this.#cues.length; index += 1) {
      const type = this.#cues[index]?.type;
      if (type !== 'send') return type === 'resumed';
    }
    return false;
  }
}
