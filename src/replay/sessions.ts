/**
 * Sessions of a mock: which ones there are, which one a client may have back, and how a new one begins.
 *
 * Session ids are the recorded ones where they are free, so that one client is served the same bytes in
 * every run. It knows nothing of connections.
 */
import { Playback, type PlaybackOptions } from './playback.js';
import { readySessionId } from './ready.js';
import type { Timeline } from './timeline.js';

/** How sessions are played. */
export interface SessionOptions extends PlaybackOptions {
  /** What READY names as `resume_gateway_url`. */
  readonly resumeUrl: string;
}

/** All sessions of one timeline. */
export class Sessions {
  readonly #timeline: Timeline;
  readonly #options: SessionOptions;
  readonly #playbacks = new Map<string, Playback>();

  constructor(timeline: Timeline, options: SessionOptions) {
    this.#timeline = timeline;
    this.#options = options;
  }

  /** Begins a session at the timeline's start, or where the recorded client began anew and one waits for that. */
  begin(shard: readonly [number, number] | null, nowUs: number): Playback {
    const start = this.#takeAwaitedIdentify() ?? 0;
    const facts = { sessionId: this.#newId(start), resumeUrl: this.#options.resumeUrl, shard };
    const playback = new Playback(this.#timeline, start, this.#options, facts, nowUs);
    this.#playbacks.set(playback.sessionId, playback);
    return playback;
  }

  /** The session with this id, or null when there is none that can be resumed. */
  find(sessionId: string): Playback | null {
    const playback = this.#playbacks.get(sessionId);
    return playback?.isResumable === true ? playback : null;
  }

  /** Forgets a session that its client gave up, unless its timeline goes on with another one. */
  giveUp(playback: Playback): void {
    if (playback.awaitedIdentify === null) this.#playbacks.delete(playback.sessionId);
  }

  /** What a new connection is told instead of HELLO, or null: RECONNECT, where a client that is away was. */
  takeGreeting(): string | null {
    for (const playback of this.#playbacks.values()) {
      const greeting = playback.isAway ? playback.takeGreeting() : null;
      if (greeting !== null) return greeting;
    }
    return null;
  }

  #takeAwaitedIdentify(): number | null {
    for (const playback of this.#playbacks.values()) {
      const start = playback.awaitedIdentify;
      if (start === null) continue;
      this.#playbacks.delete(playback.sessionId);
      return start;
    }
    return null;
  }

  #newId(start: number): string {
    const ready = this.#timeline.cues.find(
      (cue, index) => index > start && cue.type === 'send' && cue.event === 'READY',
    );
    const recorded = ready?.type === 'send' ? readySessionId(ready.text) : null;
    const base = recorded ?? 'gatetape-session';
    let id = base;
    for (let count = 2; this.#playbacks.has(id); count += 1) id = `${base}-${count}`;
    return id;
  }
}
