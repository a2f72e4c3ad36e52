/**
 * Alarm: one timer for a point in time, which can be changed.
 */

/** Longest delay of a Node.js timer; a longer one fires at once (nodejs.org/api/timers.html). */
export const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** Calls back at the set time; times are µs of the given clock. */
export class Alarm {
  readonly #nowUs: () => number;
  readonly #ring: () => void;
  #cancel: () => void = () => undefined;

  constructor(nowUs: () => number, ring: () => void) {
    this.#nowUs = nowUs;
    this.#ring = ring;
  }

  /** Sets the alarm to `atUs`, replacing an earlier time; null cancels it. It may fire early if `atUs` is far off. */
  set(atUs: number | null): void {
    this.#cancel();
    if (atUs === null) return;
    const delayMs = Math.ceil((atUs - this.#nowUs()) / 1000);
    if (delayMs <= 0) {
      const immediate = setImmediate(this.#ring); // sockets get their turn in between
      this.#cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(this.#ring, Math.min(delayMs, MAX_TIMEOUT_MS));
      this.#cancel = () => clearTimeout(timer);
    }
  }
}
