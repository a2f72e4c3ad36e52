/**
 * Sessions of a mock: which exist, which one a client may resume, and how a new one begins.
 *
 * A client gets the recording of its shard; without one, recordings are assigned by shard id. Session ids are the
 * recorded ones if they are free, so that one client is served the same bytes in every run. It knows nothing of
 * connections.
 */
import type { Shard } from '../../gateway/payload.js';
import { Playback, type PlaybackOptions } from './playback.js';
import { readySessionId } from './live-session.js';
import type { Timeline } from './timeline.js';

/** How sessions are played. */
export interface SessionOptions extends PlaybackOptions {
  /** `resume_gateway_url` of READY. */
  readonly resumeUrl: string;
  /** How long a session outlives its connection, in µs; default for ever. */
  readonly resumeWindowUs?: number | undefined;
  /** `heartbeat_interval` of HELLO, in ms; default the recorded interval, divided by the speed unless in lockstep. */
  readonly heartbeatIntervalMs?: number | undefined;
}

/** All sessions of the timelines that a mock serves. */
export class Sessions {
  readonly #timelines: readonly Timeline[];
  readonly #options: SessionOptions;
  readonly #playbacks = new Map<string, Playback>();
  readonly #begun = new Map<Timeline, number>(); // sessions by timeline

  /** Takes at least one timeline. */
  constructor(timelines: readonly Timeline[], options: SessionOptions) {
    this.#timelines = timelines;
    this.#options = options;
  }

  /** Begins a session at its timeline's start, or at a recorded second IDENTIFY if a playback waits for it. */
  begin(shard: Shard | null, nowUs: number): Playback | null {
    const timeline = this.#findTimeline(shard);
    if (timeline === null) return null;
    this.#begun.set(timeline, (this.#begun.get(timeline) ?? 0) + 1);
    const start = this.#takeAwaitedIdentify(timeline) ?? 0;
    const facts = { sessionId: this.#newId(timeline, start), resumeUrl: this.#options.resumeUrl, shard };
    const playback = new Playback(timeline, start, this.#options, facts, nowUs);
    this.#playbacks.set(playback.sessionId, playback);
    return playback;
  }

  /** The session with this id, or null if no session with it can be resumed. */
  find(sessionId: string, nowUs: number): Playback | null {
    const playback = this.#playbacks.get(sessionId);
    if (playback === undefined) return null;
    if (this.#isExpired(playback, nowUs)) this.#playbacks.delete(sessionId);
    else if (playback.isResumable) return playback;
    return null;
  }

  /** Forgets a session that its client gave up, unless its timeline goes on with another one. */
  giveUp(playback: Playback): void {
    if (playback.awaitedIdentify === null) this.#playbacks.delete(playback.sessionId);
  }

  /** Sessions without a client that may come back to them, of one shard or of all. */
  away(shard: number | undefined, nowUs: number): readonly Playback[] {
    return [...this.#playbacks.values()].filter(
      (playback) =>
        playback.awaySinceUs !== null &&
        playback.isResumable &&
        !this.#isExpired(playback, nowUs) &&
        (shard === undefined || (playback.shard?.[0] ?? 0) === shard),
    );
  }

  /**
   * Text sent to a new connection instead of HELLO (RECONNECT, if the recording has it for an absent client), or null.
   */
  takeGreeting(): string | null {
    for (const playback of this.#playbacks.values()) {
      const greeting = playback.awaySinceUs === null ? null : playback.takeGreeting();
      if (greeting !== null) return greeting;
    }
    return null;
  }

  #isExpired({ awaySinceUs }: Playback, nowUs: number): boolean {
    const { resumeWindowUs = Infinity } = this.#options;
    return awaySinceUs !== null && nowUs - awaySinceUs > resumeWindowUs;
  }

  // Of several timelines for one shard that one whose client is expected, or which was played least.
  #findTimeline(shard: Shard | null): Timeline | null {
    const [id, count] = shard ?? [0, 1];
    const ofId = this.#timelines.filter(({ shard: recorded }) => (recorded?.[0] ?? 0) === id);
    const exact = ofId.filter(({ shard: recorded }) => (recorded?.[1] ?? 1) === count);
    const any = this.#timelines.slice(id % this.#timelines.length).slice(0, 1);
    const [first = null, ...others] = [exact, ofId, any].find((found) => found.length > 0) ?? [];
    if (first === null) return null;
    const awaited = [first, ...others].find((timeline) => this.#awaitedBy(timeline) !== null);
    return (
      awaited ??
      others.reduce((least, next) => (this.#count(next) < this.#count(least) ? next : least), first)
    );
  }

  #count(timeline: Timeline): number {
    return this.#begun.get(timeline) ?? 0;
  }

  #awaitedBy(timeline: Timeline): Playback | null {
    for (const playback of this.#playbacks.values()) {
      if (playback.timeline === timeline && playback.awaitedIdentify !== null) return playback;
    }
    return null;
  }

  #takeAwaitedIdentify(timeline: Timeline): number | null {
    const playback = this.#awaitedBy(timeline);
    if (playback !== null) this.#playbacks.delete(playback.sessionId);
    return playback?.awaitedIdentify ?? null;
  }

  #newId({ cues }: Timeline, start: number): string {
    const ready = cues.find((cue, index) => index > start && cue.type === 'send' && cue.event === 'READY');
    const recorded = ready?.type === 'send' ? readySessionId(ready.text) : null;
    const base = recorded ?? 'gatetape-session';
    let id = base;
    for (let count = 2; this.#playbacks.has(id); count += 1) id = `${base}-${count}`;
    return id;
  }
}
