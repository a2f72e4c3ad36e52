/**
 * Clock: maps recorded time to live time, from an anchor that both have in common.
 *
 * It runs at a factor of the recorded pace. At `max` everything is due at once.
 */

/** Factor on the recorded pace, above 0; `max` knows no pauses. */
export type Speed = number | 'max';

/** How long an interruption or an answer waits for the client to have read what came before. */
export const CONFIRM_WITHIN_US = 1_000_000;

/** Speed of a mock; `step` plays one frame per command. */
export type MockSpeed = Speed | 'step';

/** Clock of one session; times in µs. */
export class PlaybackClock {
  readonly #speed: Speed;
  #recordedUs: number;
  #liveUs: number;

  /** Starts where `recordedUs` is `liveUs`. */
  constructor(speed: Speed, recordedUs: number, liveUs: number) {
    this.#speed = speed;
    this.#recordedUs = recordedUs;
    this.#liveUs = liveUs;
  }

  /** Live time of a moment of the recording; never before the anchor. */
  dueAtUs(recordedUs: number): number {
    if (this.#speed === 'max') return this.#liveUs;
    return this.#liveUs + Math.ceil(Math.max(0, recordedUs - this.#recordedUs) / this.#speed);
  }

  /** Sets a new anchor: `recordedUs` is `nowUs` from here on. */
  set(recordedUs: number, nowUs: number): void {
    this.#recordedUs = recordedUs;
    this.#liveUs = nowUs;
  }

  /** Stops before `nextUs`, so that `go` finds the rest of the wait for it. */
  stop(nextUs: number, nowUs: number): void {
    const passedUs = this.#speed === 'max' ? Infinity : (nowUs - this.#liveUs) * this.#speed;
    this.#recordedUs = Math.min(nextUs, this.#recordedUs + passedUs);
  }

  /** Goes on from where `stop` was called. */
  go(nowUs: number): void {
    this.#liveUs = nowUs;
  }
}
