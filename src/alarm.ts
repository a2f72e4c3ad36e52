/**
 * Alarm: one timer that is set to a moment, and set anew whenever that moment changes.
 */

/** Longest time that a timer of Node's waits; with more it does not wait at all (nodejs.org/api/timers.html). */
export const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** Calls back when its moment has come; times are µs by the clock that it is given. */
export class Alarm {
  readonly #nowUs: () => number;
  readonly #ring: () => void;
  #cancel: () => void = () => undefined;

  constructor(nowUs: () => number, ring: () => void) {
    this.#nowUs = nowUs;
    this.#ring = ring;
  }

  /** Sets it to `atUs` instead of what it was set to; null for not at all. It may ring early where that is far off. */
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
